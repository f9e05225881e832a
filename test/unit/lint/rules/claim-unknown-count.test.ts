import { describeRule } from './support.ts';

describeRule('claim/unknown-count', {
  bad: [
    {
      address: 'docker_container.proxy',
      attribute: 'count',
      severity: 'error',
      confidence: 'certain',
      at: '26:3',
      causes: ['data.coder_workspace_owner.me.name @18:17', 'data.coder_workspace.me.is_prebuild @22:13'],
      chain: ['reads `local.proxies` @26:11', '`data.coder_workspace.me.is_prebuild` changes @22:13'],
      fix: undefined,
    },
  ],
  also: ['claim/replace'],
});
