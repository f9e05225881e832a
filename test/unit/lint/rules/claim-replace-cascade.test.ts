import { describeRule, type Expected } from './support.ts';

const follows = (address: string, attribute: string, at: string, reads: string): Expected => ({
  address,
  attribute,
  severity: 'notice',
  confidence: 'certain',
  at,
  causes: ['data.coder_workspace_owner.me.name @18:17'],
  chain: [reads, '`data.coder_workspace_owner.me.name` changes @18:17'],
  fix: undefined,
});

describeRule('claim/replace-cascade', {
  bad: [
    follows('docker_container.database', 'networks_advanced', '26:5', 'reads `docker_network.private.id` @26:15'),
    follows('docker_container.workspace[0]', 'env', '38:5', 'reads `docker_container.database.id` @38:27'),
    follows('docker_container.workspace[0]', 'networks_advanced', '42:5', 'reads `docker_network.private.id` @42:12'),
  ],
  also: ['claim/replace'],
});
