import { readFileSync } from 'node:fs';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AgentKey } from '../domain/agent.ts';
import type { Clock } from '../kit/clock.ts';
import { agentFolder } from './agent-logs.ts';

/** The last value of one metadata item. */
export interface KeptValue {
  readonly key: string;
  readonly value: string;
  readonly exit: number | 'timeout';
  readonly at: number;
}

/**
 * Last values of metadata where other processes can read them: a file beside the logs of the agent, since values come every few seconds from
 * every agent, nobody needs the old ones, and the store would pay a transaction for each. What was not written when a process is killed is
 * measured again.
 */
export interface AgentValues {
  /** Kept at once, written within seconds. */
  set(agent: AgentKey, values: readonly KeptValue[]): void;
  /** Writes what is not written yet. */
  flush(): Promise<void>;
}

const WRITE_AFTER_MS = 1000;
const FILE = 'metadata.json';

const fileOf = (workspaceFolder: string, agent: string): string => join(agentFolder(workspaceFolder, agent), FILE);

/** `folderOf` gives the folder of a workspace. */
export function createAgentValues(folderOf: (workspaceId: string) => string, clock: Clock): AgentValues {
  const pending = new Map<string, { agent: AgentKey; values: Map<string, KeptValue> }>();
  let waking = new AbortController();
  let writing: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    await clock.sleep(WRITE_AFTER_MS, waking.signal);
    const all = [...pending.values()];
    pending.clear();
    for (const { agent, values } of all) await writeValues(folderOf(agent.workspaceId), agent.name, [...values.values()]);
    writing = undefined;
    if (pending.size > 0) start();
  };
  const start = (): void => {
    writing ??= write();
  };
  return {
    set(agent, values) {
      const path = fileOf(folderOf(agent.workspaceId), agent.name);
      const entry = pending.get(path) ?? { agent, values: new Map(readFile(path).map((one) => [one.key, one])) };
      for (const value of values) entry.values.set(value.key, value);
      pending.set(path, entry);
      start();
    },
    async flush() {
      waking.abort();
      while (writing !== undefined) await writing;
      waking = new AbortController();
    },
  };
}

/** A workspace that was deleted meanwhile gets no new folder, and a full disk loses values that come again. */
async function writeValues(workspaceFolder: string, agent: string, values: readonly KeptValue[]): Promise<void> {
  const path = fileOf(workspaceFolder, agent);
  try {
    await stat(workspaceFolder);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.new`, JSON.stringify(values), { mode: 0o600 });
    await rename(`${path}.new`, path);
  } catch {
    return;
  }
}

/** Last values that some process wrote; none when there is no readable file. */
export const readAgentValues = (workspaceFolder: string, agent: string): readonly KeptValue[] =>
  readFile(fileOf(workspaceFolder, agent));

function readFile(path: string): readonly KeptValue[] {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(content) ? content.filter(isKept) : [];
  } catch {
    return [];
  }
}

function isKept(one: unknown): one is KeptValue {
  if (typeof one !== 'object' || one === null) return false;
  const { key, value, exit, at } = one as Record<string, unknown>;
  const ended = typeof exit === 'number' || exit === 'timeout';
  return typeof key === 'string' && typeof value === 'string' && ended && typeof at === 'number';
}
