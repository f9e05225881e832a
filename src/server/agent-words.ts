import { AGENT_LIVES, type AgentWord, type ScriptResult } from '../domain/agent.ts';
import type { LogPlace, MetaReport } from './agent-backend.ts';

/** Last line of what loaders fetch; they take nothing without it. */
export const LAST_LINE = '# end of agent';
/** Names the home whose agents a listener hears, so that homes that got in each other's way can tell. */
export const HOME_HEADER = 'prebuilds-home';

type Query = Readonly<Record<string, unknown>>;

const PROC = /^[A-Za-z0-9-]{8,64}$/;
const ID = /^[a-z0-9-]{1,64}$/;
const NUMBER = /^\d{1,15}$/;

/** Reading what agents say (agent-protocol 4). undefined = not what an agent of ours sends. */
export const readProc = (query: Query): string | undefined => match(query['proc'], PROC);
export const readScriptId = (query: Query): string | undefined => match(query['id'], ID);

export function readWord(query: Query, body: string): AgentWord | undefined {
  const proc = readProc(query);
  const generation = number(query['gen']);
  const seq = number(query['seq']);
  const life = AGENT_LIVES.find((one) => one === query['life']);
  const results = readResults(body);
  if (proc === undefined || generation === undefined || seq === undefined || life === undefined) return undefined;
  return results === undefined ? undefined : { proc, generation, seq, life, results };
}

export function readLogPlace(query: Query): LogPlace | undefined {
  const proc = readProc(query);
  const generation = number(query['gen']);
  const script = match(query['script'], ID);
  const offset = number(query['off']);
  if (proc === undefined || generation === undefined || script === undefined || offset === undefined) return undefined;
  return { proc, generation, script, offset };
}

/** Lines `id exit seconds`. */
function readResults(body: string): readonly ScriptResult[] | undefined {
  const results: ScriptResult[] = [];
  for (const line of linesOf(body)) {
    const [id, exit, seconds] = line.split(' ');
    const code = exitOf(exit);
    const took = number(seconds);
    if (id === undefined || !ID.test(id) || code === undefined || took === undefined) return undefined;
    results.push({ id, exit: code, seconds: took });
  }
  return results;
}

/** Longest value of a metadata item, in characters (agent-protocol 4: 2 KiB). */
const MOST_VALUE = 2048;

/** Lines `id exit value`; the value is shown to people, so control characters go. */
export function readMeta(body: string): readonly MetaReport[] {
  return linesOf(body).flatMap((line) => {
    const [, id = '', exit = '', value = ''] = /^(\S+) (\S+) ?(.*)$/.exec(line) ?? [];
    const code = exitOf(exit);
    if (!ID.test(id) || code === undefined) return [];
    return [{ id, exit: code, value: printable(value).trim().slice(0, MOST_VALUE) }];
  });
}

const printable = (text: string): string =>
  text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');

const linesOf = (body: string): readonly string[] => body.split('\n').filter((line) => line !== '');
const match = (value: unknown, shape: RegExp): string | undefined =>
  typeof value === 'string' && shape.test(value) ? value : undefined;

function number(value: unknown): number | undefined {
  const digits = match(value, NUMBER);
  return digits === undefined ? undefined : Number(digits);
}

function exitOf(value: string | undefined): number | 'timeout' | undefined {
  return value === 'timeout' ? 'timeout' : number(value);
}
