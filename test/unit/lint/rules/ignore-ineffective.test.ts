import { describeRule } from './support.ts';

describeRule('ignore/ineffective', {
  bad: [
    {
      address: 'docker_container.workspace[0]',
      attribute: 'env',
      severity: 'warning',
      confidence: 'certain',
      at: '25:23',
      causes: [],
      chain: [],
      fix: undefined,
    },
  ],
  also: ['claim/replace'],
});
