import { describeRule } from './support.ts';

describeRule('module/opaque', {
  bad: [
    {
      address: 'module.machine',
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
