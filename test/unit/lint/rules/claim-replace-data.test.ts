import { describeRule } from './support.ts';

describeRule('claim/replace-data', {
  bad: [
    {
      address: 'kubernetes_persistent_volume_claim.home',
      attribute: 'metadata.name',
      severity: 'error',
      confidence: 'certain',
      at: '30:5',
      causes: ['data.coder_workspace_owner.me.name @23:35'],
      chain: ['reads `local.home_name` @30:17', '`data.coder_workspace_owner.me.name` changes @23:35'],
      fix: {
        description: 'add `metadata[0].name` to ignore_changes of kubernetes_persistent_volume_claim.home',
        lines: ['+', '+  lifecycle {', '+    ignore_changes = [metadata[0].name]', '+  }'],
      },
    },
  ],
});
