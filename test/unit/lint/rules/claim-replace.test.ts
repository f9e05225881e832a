import { describeRule } from './support.ts';

describeRule('claim/replace', {
  bad: [
    {
      address: 'docker_container.workspace[0]',
      attribute: 'hostname',
      severity: 'error',
      confidence: 'certain',
      at: '30:3',
      causes: ['data.coder_workspace_owner.me.name @18:20'],
      chain: ['reads `local.hostname` @30:14', '`data.coder_workspace_owner.me.name` changes @18:20'],
      fix: {
        description: 'add `hostname` to ignore_changes of docker_container.workspace',
        lines: ['-    ignore_changes = [image]', '+    ignore_changes = [image, hostname]'],
      },
    },
    {
      address: 'docker_container.workspace[0]',
      attribute: 'labels',
      severity: 'error',
      confidence: 'certain',
      at: '40:5',
      causes: ['data.coder_workspace_owner.me.name @40:13'],
      chain: ['`data.coder_workspace_owner.me.name` changes @40:13'],
      fix: {
        description: 'add `labels` to ignore_changes of docker_container.workspace',
        lines: ['-    ignore_changes = [image]', '+    ignore_changes = [image, labels]'],
      },
    },
  ],
});
