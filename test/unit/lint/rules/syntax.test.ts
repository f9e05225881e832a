import { describeRule } from './support.ts';

describeRule('syntax', {
  bad: [
    {
      address: '',
      attribute: '',
      severity: 'error',
      confidence: 'certain',
      at: '21:2',
      causes: [],
      chain: [],
      fix: undefined,
    },
  ],
});
