import { describeRule } from './support.ts';

describeRule('parameter/unpinned', {
  bad: [
    {
      address: 'data.coder_parameter.region',
      attribute: '',
      severity: 'notice',
      confidence: 'certain',
      at: '15:1',
      causes: [],
      chain: [],
      fix: undefined,
    },
  ],
});
