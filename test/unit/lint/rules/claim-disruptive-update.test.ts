import { describeRule } from './support.ts';

describeRule('claim/disruptive-update', {
  bad: [
    {
      address: 'kubernetes_deployment.workspace[0]',
      attribute: 'spec.template.metadata.labels.com.coder.user',
      severity: 'warning',
      confidence: 'certain',
      at: '33:42',
      causes: ['data.coder_workspace_owner.me.name @33:42'],
      chain: ['`data.coder_workspace_owner.me.name` changes @33:42'],
      fix: undefined,
    },
  ],
});
