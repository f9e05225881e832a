import type { AgentScriptView, AgentView } from '../api/agents.ts';

/** How a script of an agent is doing. What it said before the workspace was claimed, stopped or started again is gone. */
export function scriptWords(lifecycle: AgentView['lifecycle'], { name, runs, exit, seconds }: AgentScriptView): string {
  if (exit === undefined) return `${name} ${isRunning(lifecycle, runs) ? 'is running' : 'has not run'}`;
  const how = exit === 0 ? 'ended' : exit === 'timeout' ? 'ran into its time limit' : `exited ${String(exit)}`;
  return `${name} ${how}${seconds === undefined ? '' : ` after ${String(seconds)} s`}`;
}

const isRunning = (lifecycle: AgentView['lifecycle'], runs: AgentScriptView['runs']): boolean =>
  (lifecycle === 'starting' && runs !== 'stop') || (lifecycle === 'shutting_down' && runs !== 'start');
