import agent from './agent/agent.sh?raw';
import coder from './agent/coder.sh?raw';

/**
 * What loaders fetch: the agent with the `coder` command of scripts in it, one POSIX sh file without secrets whose last line is
 * `# end of agent` (agent-protocol 4).
 */
export const AGENT_BODY: string = agent.replace('@SHIM@\n', () => coder);
