import type { AgentFact } from '../domain/types.ts';

/** A block of the configuration as far as features are concerned. */
export interface ConfiguredBlock {
  readonly mode: string;
  readonly type: string;
  readonly address: string;
  readonly attributes: readonly string[];
}

const BY_TYPE: Readonly<Record<string, string>> = {
  coder_devcontainer: 'devcontainers are not started',
  coder_external_auth: 'external authentication has no tokens here',
  coder_secret: 'secrets of users do not exist here',
  coder_ai_task: 'AI tasks have no prompt here',
  coder_external_agent: 'external agents are not served',
};

/** Features of a template that this tool does not serve, in words (spec 4.1, agent-protocol 1). */
export function configuredFeatures(blocks: readonly ConfiguredBlock[], agents: readonly AgentFact[]): readonly string[] {
  const found: string[] = [];
  for (const agent of agents) {
    if (agent.os === 'windows') found.push(`${agent.address}: Windows agents are not served`);
    if (agent.auth !== 'token') found.push(`${agent.address}: authentication by ${agent.auth} is not served, only tokens`);
  }
  if (agents.length > 1) found.push(`${String(agents.length)} agents: the tokens of several agents change at every claim`);
  for (const block of blocks) {
    const words = BY_TYPE[block.type];
    if (words !== undefined) found.push(`${block.address}: ${words}`);
    if (block.type === 'coder_script' && block.attributes.includes('cron'))
      found.push(`${block.address}: scripts by cron are not run`);
  }
  return [...new Set(found)];
}
