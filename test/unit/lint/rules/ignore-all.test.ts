import { describeRule } from './support.ts';

describeRule('ignore/all', {
  bad: [
    {
      address: 'docker_container.workspace',
      attribute: '',
      severity: 'notice',
      confidence: 'certain',
      at: '25:5',
      causes: [],
      chain: [],
      fix: undefined,
    },
  ],
});
