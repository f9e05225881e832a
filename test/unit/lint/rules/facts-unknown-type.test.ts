import { describeRule } from './support.ts';

describeRule('facts/unknown-type', {
  bad: [
    {
      address: 'acme_machine.workspace',
      attribute: 'tags.owner',
      severity: 'notice',
      confidence: 'certain',
      at: '20:21',
      causes: [],
      chain: [],
      fix: undefined,
    },
  ],
});
