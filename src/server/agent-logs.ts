import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AgentKey } from '../domain/agent.ts';
import { SHORTEST_SECRET } from '../kit/blot.ts';

/** What one script may say in one generation (agent-protocol 4). */
export const MOST_LOG_BYTES = 1024 * 1024;
/** Whoever has the token of an agent may name any generation: only so many are kept, the newest. */
const MOST_GENERATIONS = 10;

/** Logs of scripts, below the folder of their workspace, private to the owner of the home. */
export interface AgentLogs {
  /** A process begins a generation: what an earlier process of the same one wrote is put aside. */
  begin(agent: AgentKey, generation: number): Promise<void>;
  /**
   * Adds bytes when they begin where the log ends, and says how long the log is now; `full` when it takes no more (agent-protocol 5.9), or ten
   * later generations have logs. Secrets become asterisks, also where they lie across two chunks.
   */
  append(
    agent: AgentKey,
    place: { generation: number; script: string; offset: number },
    bytes: Uint8Array,
    secrets: readonly string[],
  ): Promise<number | 'full'>;
}

/** What is kept of one agent, below the folder of its workspace. */
export const agentFolder = (workspaceFolder: string, agent: string): string =>
  join(workspaceFolder, 'agent', encodeURIComponent(agent));

/** `folderOf` gives the folder of a workspace. */
export function createAgentLogs(folderOf: (workspaceId: string) => string): AgentLogs {
  const folder = (agent: AgentKey, generation: number): string =>
    join(agentFolder(folderOf(agent.workspaceId), agent.name), String(generation));
  return {
    async begin(agent, generation) {
      const now = folder(agent, generation);
      await rm(`${now}.before`, { recursive: true, force: true });
      await rename(now, `${now}.before`).catch(() => undefined);
    },
    async append(agent, { generation, script, offset }, bytes, secrets) {
      const dir = folder(agent, generation);
      // A workspace that was deleted meanwhile gets no new folder.
      await stat(folderOf(agent.workspaceId));
      const made = await mkdir(dir, { recursive: true, mode: 0o700 });
      if (made !== undefined && !(await makeRoom(dirname(dir))).includes(String(generation))) return 'full';
      const file = await open(join(dir, `${script}.log`), 'a+', 0o600);
      try {
        const { size } = await file.stat();
        if (size >= MOST_LOG_BYTES) return 'full';
        if (size !== offset || bytes.length === 0) return size;
        return await add(file, size, bytes.subarray(0, MOST_LOG_BYTES - size), secrets);
      } finally {
        await file.close();
      }
    },
  };
}

/** Removes what is older than the newest generations, and says which are left. */
async function makeRoom(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => /^\d+(\.before)?$/.test(name));
  const generations = [...new Set(names.map((name) => Number.parseInt(name, 10)))].sort((a, b) => b - a);
  const oldest = generations.slice(0, MOST_GENERATIONS).at(-1) ?? 0;
  const old = names.filter((name) => Number.parseInt(name, 10) < oldest);
  await Promise.all(old.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  return names.filter((name) => !old.includes(name));
}

/** Writes behind the end. The last bytes before it are looked at too, and written again when a secret begins there. */
async function add(file: FileHandle, size: number, bytes: Uint8Array, secrets: readonly string[]): Promise<number | 'full'> {
  const needles = secrets.filter((one) => one.length >= SHORTEST_SECRET).map((one) => Buffer.from(one));
  const back = Math.min(size, Math.max(0, ...needles.map((one) => one.length - 1)));
  const window = Buffer.alloc(back + bytes.length);
  if (back > 0) await file.read(window, 0, back, size - back);
  window.set(bytes, back);
  const began = Buffer.from(window.subarray(0, back));
  for (const needle of needles) hide(window, needle);
  if (!began.equals(window.subarray(0, back))) await file.truncate(size - back);
  await file.appendFile(began.equals(window.subarray(0, back)) ? window.subarray(back) : window);
  const after = size + bytes.length;
  return after >= MOST_LOG_BYTES ? 'full' : after;
}

function hide(window: Buffer, needle: Buffer): void {
  for (let at = window.indexOf(needle); at >= 0; at = window.indexOf(needle, at + needle.length))
    window.fill('*', at, at + needle.length);
}
