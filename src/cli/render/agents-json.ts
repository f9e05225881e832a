import type { AgentView, AppView, MetadataView } from '../../api/agents.ts';
import type { ClaimedAgent } from '../../api/app.ts';

/** Agents, apps and metadata in the documents of `--json`: every field is named, so that what is unknown is null wherever it was asked. */
export const agentJson = (agent: AgentView) => ({
  name: agent.name,
  lifecycle: agent.lifecycle,
  lifecycleAt: agent.lifecycleAt,
  generation: agent.generation,
  heardAt: agent.heardAt,
  scripts: agent.scripts.map(({ id, name, runs, exit, seconds }) => ({ id, name, runs, exit, seconds })),
  metadata: agent.metadata.map(({ key, name, value, exit, measuredAt }) => ({ key, name, value, exit, measuredAt })),
});

export const claimedAgentJson = ({ name, status, seconds, failed }: ClaimedAgent) => ({ name, status, seconds, failed });

export const appJson = ({ slug, name, agent, url, command, external, hidden, health }: AppView) => ({
  slug,
  name,
  agent,
  url,
  command,
  external,
  hidden,
  health,
});

export const metadataJson = ({ resource, key, value }: MetadataView) => ({ resource, key, value });
