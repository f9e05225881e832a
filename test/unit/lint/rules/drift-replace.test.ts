import { describeRule } from './support.ts';

describeRule('drift/replace', {
  bad: [
    {
      address: 'aws_instance.workspace',
      attribute: 'ami',
      severity: 'notice',
      confidence: 'likely',
      at: '26:3',
      causes: ['data.aws_ami.ubuntu.id @26:19'],
      chain: ['`data.aws_ami.ubuntu.id` changes with time @26:19'],
      fix: undefined,
    },
  ],
});
