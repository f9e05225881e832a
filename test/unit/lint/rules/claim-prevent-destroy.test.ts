import { describeRule } from './support.ts';

describeRule('claim/prevent-destroy', {
  bad: [
    {
      address: 'docker_volume.home',
      attribute: 'name',
      severity: 'error',
      confidence: 'certain',
      at: '21:23',
      causes: ['data.coder_workspace_owner.me.name @18:18'],
      chain: ['`data.coder_workspace_owner.me.name` changes @18:18'],
      fix: undefined,
    },
  ],
  also: ['claim/replace-data', 'claim/replace-cascade'],
});
