import { describeRule } from './support.ts';

describeRule('parameter/replace', {
  bad: [
    {
      address: 'aws_instance.workspace',
      attribute: 'availability_zone',
      severity: 'warning',
      confidence: 'certain',
      at: '42:3',
      causes: ['data.coder_parameter.zone.value @42:23'],
      chain: ['`data.coder_parameter.zone.value` changes @42:23'],
      fix: undefined,
    },
  ],
  also: ['parameter/unpinned'],
});
