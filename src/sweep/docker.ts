import { request } from 'node:http';
import type { Listing, RealObject } from '../domain/sweep.ts';
import { messageOf } from '../kit/errors.ts';

const MAX_ANSWER = 64 * 1024 * 1024;

interface Daemon {
  readonly host: string;
  readonly timeoutMs: number;
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

/**
 * Containers and volumes of a Docker-compatible daemon (docker, podman) that carry the label, and the ids of all others. Throws an Error
 * with one line when the daemon does not answer.
 */
export async function listDocker(daemon: Daemon, label: string): Promise<Listing> {
  const containers = asList(await read(daemon, '/containers/json?all=true'));
  const answer = await read(daemon, '/volumes');
  const volumes = asList(isRecord(answer) ? answer['Volumes'] : []);
  const objects = [
    ...containers.flatMap((one) => object('container', 'docker_container', text(one['Id']), one, label)),
    ...volumes.flatMap((one) => object('volume', 'docker_volume', text(one['Name']), one, label)),
  ];
  const idsOf = (list: readonly Json[], key: string) => new Set(list.flatMap((one) => text(one[key]) ?? []));
  return {
    objects,
    everything: new Map([
      ['docker_container', idsOf(containers, 'Id')],
      ['docker_volume', idsOf(volumes, 'Name')],
    ]),
  };
}

/** Removes one container (stopping it) or volume; what is gone already is fine. */
export async function removeDocker(daemon: Daemon, { kind, id }: Pick<RealObject, 'kind' | 'id'>): Promise<void> {
  const path = kind === 'container' ? `/containers/${encodeURIComponent(id)}?force=true` : `/volumes/${encodeURIComponent(id)}`;
  const { status, body } = await ask(daemon, 'DELETE', path);
  if (status !== 404 && (status < 200 || status > 299)) throw new Error(refusal(daemon, status, body));
}

type Json = Readonly<Record<string, unknown>>;

function object(kind: RealObject['kind'], type: string, id: string | undefined, one: Json, label: string): readonly RealObject[] {
  const labels = isRecord(one['Labels']) ? one['Labels'] : {};
  const workspaceId = text(labels[label]);
  if (id === undefined || workspaceId === undefined || workspaceId === '') return [];
  const names: readonly unknown[] = Array.isArray(one['Names']) ? one['Names'] : [];
  return [{ kind, type, id, name: text(names[0])?.replace(/^\//, ''), workspaceId }];
}

async function read(daemon: Daemon, path: string): Promise<unknown> {
  const { status, body } = await ask(daemon, 'GET', path);
  if (status !== 200) throw new Error(refusal(daemon, status, body));
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`${daemon.host} does not answer like a container daemon`);
  }
}

const refusal = ({ host }: Daemon, status: number, body: string): string =>
  `${host} answered ${String(status)}: ${body.trim().slice(0, 200)}`;

/** One request of the Docker API, over a unix socket or plain TCP. */
function ask(daemon: Daemon, method: 'GET' | 'DELETE', path: string): Promise<Reply> {
  return new Promise<Reply>((resolve, reject) => {
    const signal = AbortSignal.timeout(daemon.timeoutMs);
    const call = request({ ...addressOf(daemon.host), method, path, signal, headers: { Host: 'docker' } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        body += part;
        if (body.length > MAX_ANSWER) answer.destroy(new Error('the answer is too long'));
      });
      answer.once('error', reject);
      answer.once('end', () => {
        resolve({ status: answer.statusCode ?? 0, body });
      });
    });
    call.once('error', reject);
    call.end();
  }).catch((error: unknown) => {
    const why = error instanceof Error && error.name === 'AbortError' ? 'no answer in time' : messageOf(error);
    throw new Error(`container daemon ${daemon.host}: ${why}`);
  });
}

function addressOf(host: string): { socketPath: string } | { host: string; port: number } {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  const tcp = /^(?:tcp|http):\/\/([^/:@]+):(\d{1,5})\/?$/.exec(host);
  if (tcp?.[1] === undefined)
    throw new Error('only unix://PATH and tcp://HOST:PORT are served here; use sweep.command for others');
  return { host: tcp[1], port: Number(tcp[2]) };
}

const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const asList = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
