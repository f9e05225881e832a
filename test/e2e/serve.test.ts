import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exited, killHard, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import type { Answer, WorkspaceRow } from '../support/json.ts';
import { startServe, type Served } from '../support/serve.ts';
import { plain, slow } from '../support/templates.ts';
import { freePort } from '../support/port.ts';

interface EventLine {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  readonly reason: string;
}

const ready = async (box: Sandbox, n: number): Promise<readonly WorkspaceRow[]> =>
  until(`${String(n)} ready prebuilds`, async () => {
    const rows = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
    return rows.length === n ? rows : undefined;
  });

const events = async (box: Sandbox): Promise<readonly EventLine[]> => (await box.json('events')) as readonly EventLine[];

async function end({ child }: Served): Promise<number | null> {
  const over = exited(child);
  child.kill('SIGTERM');
  return over;
}

describe('serve', () => {
  let box: Sandbox;
  let served: Served;
  beforeAll(async () => {
    box = makeSandbox();
    // No pass comes by itself, so whatever is done is done because something happened.
    served = await startServe(box, '--interval', '1h');
  });
  afterAll(async () => {
    if (served.child.exitCode === null) await end(served);
    await box.dispose();
  });

  it('fills the pool when another process pushes a template', async () => {
    await box.ok('template', 'push', box.template('plain', plain(1)));
    await ready(box, 1);
  });

  it('begins to refill within a second of a claim by another process', async () => {
    const answer = (await box.json('claim', 'plain', '--name', 'dev')) as Answer;
    expect(answer.servedAs).toBe('warm');
    await ready(box, 1);
    const told = await events(box);
    const claimed = told.find(({ kind }) => kind === 'claim.served');
    const refill = told.findLast(({ reason }) => reason.includes('of 1 running'));
    expect(Date.parse(refill?.at ?? '') - Date.parse(claimed?.at ?? '')).toBeLessThan(1000);
    expect(refill?.seq).toBeGreaterThan(claimed?.seq ?? Infinity);
  });

  it('serves a claim that waits in line as soon as there is something to give', async () => {
    await box.ok('claim', 'plain', '--name', 'second');
    const [first, waited] = (await Promise.all([
      box.json('claim', 'plain', '--name', 'third', '--wait', '60s'),
      box.json('claim', 'plain', '--name', 'fourth', '--wait', '60s'),
    ])) as readonly [Answer, Answer];
    expect([first.servedAs, waited.servedAs].every((as) => as === 'warm' || as === 'waited')).toBe(true);
    await ready(box, 1);
  });

  it('answers health, readiness and metrics', async () => {
    expect(await served.get('/healthz')).toEqual({ status: 200, text: '{"status":"ok"}' });
    expect((await served.get('/readyz')).status).toBe(200);
    const metrics = await served.get('/metrics');
    expect(metrics.text).toContain('coderd_prebuilt_workspaces_claimed_total{');
    expect((await served.get('/nothing')).status).toBe(404);
  });

  it('refuses a second one on its address, and any off this machine while there is no token', async () => {
    const second = await box.run('serve', '--listen', new URL(served.url).host, '--json');
    expect([second.code, JSON.parse(second.stdout)]).toMatchObject([5, { error: { code: 'address_taken' } }]);
    const open = await box.run('serve', '--listen', '0.0.0.0:0', '--json');
    expect([open.code, JSON.parse(open.stdout)]).toMatchObject([2, { error: { code: 'no_token' } }]);
  });

  it('ends in order when it is told to', async () => {
    expect(await end(served)).toBe(0);
    await expect(served.get('/healthz')).rejects.toThrow();
  });
});

describe('serve off this machine', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = makeSandbox();
  });
  afterAll(() => box.dispose());

  it('lets in whoever has a token, until it is revoked', async () => {
    const { text } = (await box.json('token', 'create', '--role', 'agent-read', '--name', 'prometheus')) as { text: string };
    const child = box.start('serve', '--listen', '0.0.0.0:0', '--no-reconcile');
    const port = await until('serve to listen', () => /listening url=http:\/\/0\.0\.0\.0:(\d+)/.exec(box.log())?.[1]);
    const ask = async (headers: Record<string, string>) => (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).status;
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: `Bearer ${text}` })).toBe(200);
    await box.ok('token', 'revoke', 'prometheus');
    expect(await ask({ authorization: `Bearer ${text}` })).toBe(401);
    const over = exited(child);
    child.kill('SIGINT');
    expect(await over).toBe(0);
    expect(readFileSync(join(box.home, 'logs', 'prebuilds.log'), 'utf8')).not.toContain(text);
  });
});

/** How often the machines of all workspaces were made. */
function made(box: Sandbox): readonly number[] {
  const root = join(box.home, 'workspaces');
  return readdirSync(root).flatMap((id) => {
    const file = join(root, id, 'work', 'made.txt');
    return existsSync(file) ? [readFileSync(file, 'utf8').trim().split('\n').length] : [];
  });
}

const applying = (box: Sandbox): true | undefined => {
  const root = join(box.home, 'workspaces');
  if (!existsSync(root)) return undefined;
  const outs = readdirSync(root).flatMap((id) => {
    const runs = join(root, id, 'runs');
    return existsSync(runs) ? readdirSync(runs).map((name) => join(runs, name, 'stdout')) : [];
  });
  const started = outs.some((out) => existsSync(out) && /"type":"apply_start".*\n?/.test(readFileSync(out, 'utf8')));
  return started ? true : undefined;
};

function openSessions(box: Sandbox): number {
  const db = new Database(join(box.home, 'prebuilds.db'), { readonly: true });
  try {
    return db.prepare('select count(*) from server_session where ended_at is null').pluck().get() as number;
  } finally {
    db.close();
  }
}

describe('the end of serve in the middle of a build', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    box.config(`agent_listen: 127.0.0.1:${String(await freePort())}\nreadiness: provisioned\nrehearsal: false\n`);
    await box.ok('template', 'push', box.template('slow', slow(1, 4, 0)));
  });
  afterAll(() => box.dispose());

  it('by SIGTERM: it is gone soon, the engine works on, and the next one takes over', async () => {
    const served = await startServe(box);
    await until('the engine to start the machine', () => applying(box));
    expect(openSessions(box)).toBe(1);
    const startedAt = performance.now();
    expect(await end(served)).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(openSessions(box)).toBe(0);
    const next = await startServe(box);
    await ready(box, 1);
    expect(made(box)).toEqual([1]);
    expect(await end(next)).toBe(0);
  });

  it.each([0, 1, 2])('by kill -9 at some moment (%i): nothing is made twice, and the pool is full again', async (n) => {
    await box.ok('claim', 'slow', '--name', `dev-${String(n)}`);
    const served = await startServe(box);
    const wait = Math.random() * 5000;
    const at = performance.now() + wait;
    await until('the moment', () => (performance.now() >= at ? true : undefined));
    await killHard(served.child);
    const next = await startServe(box, '--interval', '1s');
    await ready(box, 1).catch((error: unknown) => {
      throw new Error(`killed after ${wait} ms`, { cause: error });
    });
    expect(await end(next)).toBe(0);
    expect(made(box).every((times) => times === 1)).toBe(true);
    expect(await box.ok('doctor', '--json')).not.toContain('may exist although');
  });
});
