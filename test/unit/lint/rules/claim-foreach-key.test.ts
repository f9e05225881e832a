import { describeRule } from './support.ts';

describeRule('claim/foreach-key', {
  bad: [
    {
      address: 'docker_volume.each["prebuilds"]',
      attribute: '',
      severity: 'error',
      confidence: 'certain',
      at: '25:3',
      causes: ['data.coder_workspace_owner.me.name @20:6'],
      chain: ['reads `local.volumes` @25:14', '`data.coder_workspace_owner.me.name` changes @20:6'],
      fix: undefined,
    },
  ],
});
