import { describeRule } from './support.ts';

describeRule('ignore/unused', {
  bad: [
    {
      address: 'docker_container.workspace',
      attribute: 'name',
      severity: 'notice',
      confidence: 'certain',
      at: '27:7',
      causes: [],
      chain: [],
      fix: undefined,
    },
  ],
});
