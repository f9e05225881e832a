import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createHttp } from 'node:http';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exited, killHard, makeSandbox, until, type Answer as Ended, type Sandbox } from '../support/cli.ts';
import { elsewhere, type Elsewhere } from '../support/elsewhere.ts';
import type { Answer, Detail, WorkspaceRow } from '../support/json.ts';
import { startServe, type Served } from '../support/serve.ts';
import { plain, slow } from '../support/templates.ts';

/** A document without what differs between two times of asking. */
function timeless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      /(^a|A)t$|Ms$/.test(key) ? inner !== null : key === 'lastUsedAt' ? undefined : timeless(inner),
    ]),
  );
}

/** How many applies the engine has begun whose stream speaks of this resource. */
function applies(box: Sandbox, resource: string): number {
  const root = join(box.home, 'workspaces');
  if (!existsSync(root)) return 0;
  return readdirSync(root)
    .flatMap((id) => {
      const runs = join(root, id, 'runs');
      return existsSync(runs) ? readdirSync(runs).map((name) => join(runs, name, 'stdout')) : [];
    })
    .filter((file) => existsSync(file))
    .filter((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .some((line) => line.includes('"type":"apply_start"') && line.includes(resource)),
    ).length;
}

const started = (box: Sandbox, before: number): Promise<true> =>
  until('the claim to start its apply', () => (applies(box, 'handover') > before ? true : undefined));

const stocked = (box: Sandbox, template: string): Promise<true> =>
  until(`stock of ${template}`, async () => {
    const rows = (await box.json('list', '--search', `owner:prebuilds status:ready template:${template}`)) as unknown[];
    return rows.length > 0 ? true : undefined;
  });

/** Nothing is made, and there is nothing. */
async function emptied(box: Sandbox, template: string): Promise<void> {
  const stock = async () =>
    (await box.json('list', '--search', `owner:prebuilds template:${template}`)) as readonly WorkspaceRow[];
  await box.ok('pause');
  await until('no stock', async () => {
    for (const { name } of await stock()) await box.run('delete', name, '--force');
    return (await stock()).length === 0 ? true : undefined;
  });
}

/** A workspace is shown under its name from the reservation on; this is one whose claim is done. */
function claimed({ code, stdout }: Ended): Detail | undefined {
  const detail = code === 0 ? (JSON.parse(stdout) as Detail) : undefined;
  return detail?.status === 'claiming' ? undefined : detail;
}

const portOf = ({ url }: Pick<Served, 'url'>): string => new URL(url).port;

/** An engine that waits before it plans a claim, for as long as the gate is there. */
function gatedEngine(folder: string): { engine: string; gate: string } {
  const gate = join(folder, 'gate');
  const engine = join(folder, 'bin', 'terraform');
  mkdirSync(join(folder, 'bin'));
  const real = process.env['PREBUILDS_ENGINE'] ?? 'terraform';
  const waits = `[ "$1" = plan ] && while [ "$CODER_WORKSPACE_IS_PREBUILD_CLAIM" = true ] && [ -e '${gate}' ]; do touch '${gate}.seen'; sleep 0.05; done`;
  writeFileSync(engine, `#!/bin/sh\n${waits}\nexec '${real}' "$@"\n`, { mode: 0o755 });
  return { engine, gate };
}

describe('the command line from a machine without a home', () => {
  let box: Sandbox;
  let asBob: Sandbox;
  let served: Served;
  let admin: Elsewhere;
  let bob: Elsewhere;
  let nobody: Elsewhere;
  let gate: string;
  beforeAll(async () => {
    const first = makeSandbox();
    const gated = gatedEngine(first.folder);
    ({ gate } = gated);
    box = { ...makeSandbox({ PREBUILDS_ENGINE: gated.engine }) };
    box.config(`jobs: 4\ntemplates:\n  slow:\n    on_replace: refuse\n  quick:\n    connect: [echo, 'into {workspace}']\n`);
    asBob = makeSandbox({ PREBUILDS_HOME: box.home, PREBUILDS_OWNER: 'bob', PREBUILDS_ENGINE: gated.engine });
    await box.ok('template', 'push', box.template('quick', plain(1)));
    await box.ok('template', 'push', box.template('slow', slow(1, 0, 4)));
    await box.ok('user', 'create', 'bob');
    served = await startServe(box);
    admin = elsewhere(served.url, await box.ok('token', 'create', '--role', 'admin', '--name', 'admin'));
    bob = elsewhere(served.url, await box.ok('token', 'create', '--role', 'member', '--user', 'bob', '--name', 'laptop'));
    nobody = elsewhere(served.url, undefined);
    await Promise.all([stocked(box, 'quick'), stocked(box, 'slow')]);
  });
  afterAll(async () => {
    const over = exited(served.child);
    served.child.kill('SIGTERM');
    await over;
    for (const one of [admin, bob, nobody]) one.dispose();
    await box.dispose();
    rmSync(asBob.folder, { recursive: true, force: true });
    rmSync(join(gate, '..'), { recursive: true, force: true });
  });

  it('claims as the person of the token, and answers what the host would', async () => {
    const answer = (await bob.json('claim', 'quick', '--name', 'dev', '--request-id', 'r1')) as Answer;
    expect(answer).toMatchObject({
      servedAs: 'warm',
      repeated: false,
      workspace: { name: 'bob/dev', owner: 'bob', status: 'ready' },
    });
    const again = await bob.json('claim', 'quick', '--name', 'dev', '--request-id', 'r1');
    const there = await asBob.json('claim', 'quick', '--name', 'dev', '--request-id', 'r1');
    expect(timeless(again)).toEqual(timeless(there));
    const first = { ...(timeless(answer) as object), repeated: true, phasesMs: undefined };
    expect(first).toEqual({ ...(timeless(there) as object), phasesMs: undefined });
  });

  it.each([['show', 'dev'], ['history', 'dev'], ['quota'], ['presets'], ['template', 'show', 'quick'], ['why', 'bob/dev']])(
    '%s %s is the same document',
    async (...words) => {
      expect(await bob.json(...words)).toEqual(await asBob.json(...words));
    },
  );

  it('shows an administrator everything as on the host', async () => {
    await until('a pool that has what it wants', async () => {
      const { pools } = (await box.json('status')) as { pools: { desired: number; eligible: number }[] };
      return pools.every((pool) => pool.eligible === pool.desired) ? true : undefined;
    });
    for (const words of [
      ['list'],
      ['status'],
      ['events'],
      ['token', 'list'],
      ['user', 'list'],
      ['template', 'versions', 'quick'],
    ]) {
      expect([words, timeless(await admin.json(...words))]).toEqual([words, timeless(await box.json(...words))]);
    }
  });

  it('prints logs, and follows those of a running build to its end', async () => {
    expect((await bob.run('logs', 'dev')).stdout).toBe(await asBob.ok('logs', 'dev'));
    const before = applies(box, 'handover');
    const claim = bob.start('claim', 'slow', '--name', 'long', '--no-pool', '--json');
    await started(box, before);
    const logs = await bob.run('logs', 'long', '-f');
    expect(logs.code).toBe(0);
    expect(logs.stdout).toMatch(/handover\[0\].* complete/);
    expect((await claim.answer).code).toBe(0);
  });

  it('renames, stops, starts, updates and deletes', async () => {
    expect(await bob.json('rename', 'dev', 'work')).toMatchObject({ name: 'bob/work' });
    expect(await bob.json('stop', 'work')).toMatchObject({ status: 'stopped' });
    expect(await bob.json('start', 'work')).toMatchObject({ status: 'ready' });
    expect(await bob.json('update', 'work')).toMatchObject({ status: 'ready' });
    expect(await bob.json('show', 'work')).toMatchObject({ connect: 'prebuilds connect bob/work' });
    expect((await bob.run('delete', 'work')).code).toBe(0);
    const gone = await bob.run('show', 'work', '--json');
    expect(gone).toMatchObject({ code: 2 });
    expect(gone.stdout).toContain('unknown_workspace');
  });

  it('pushes a folder: the version is the one that a push on the host makes', async () => {
    const files = { 'main.tf': plain(0, 'pushed'), 'scripts/run.sh': '#!/bin/sh\n', 'notes/ü.txt': 'x\n' };
    const folder = admin.template('sent', files);
    const sent = (await admin.json('template', 'push', folder)) as Pushed;
    expect(sent).toMatchObject({ unchanged: false, template: { name: 'sent' } });
    const same = (await box.json('template', 'push', folder)) as Pushed;
    expect(same).toMatchObject({ unchanged: true, version: { fingerprint: sent.version.fingerprint } });
    const refused = await bob.run('template', 'push', folder, '--json');
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain('"forbidden"');
  });

  it('is let in by a token alone that still holds', async () => {
    const brief = nobody.with({ PREBUILDS_TOKEN: await box.ok('token', 'create', '--name', 'brief', '--expires', '1s') });
    const revoked = nobody.with({ PREBUILDS_TOKEN: await box.ok('token', 'create', '--name', 'lost') });
    expect((await revoked.run('status')).code).toBe(0);
    await box.ok('token', 'revoke', 'lost');
    const late = await until('the token to expire', async () => {
      const answer = await brief.run('status');
      return answer.code === 0 ? undefined : answer;
    });
    for (const refused of [late, await revoked.run('status'), await nobody.run('status')]) {
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toMatch(/^error: .*token.*\nhint: .*token create/);
    }
  });

  it('Ctrl-C before the apply gives the prebuild back, during it lets it finish', async () => {
    await stocked(box, 'slow');
    writeFileSync(gate, '');
    const early = bob.start('claim', 'slow', '--name', 'early', '--json');
    await until('the engine to plan', () => (existsSync(`${gate}.seen`) ? true : undefined));
    early.child.kill('SIGINT');
    rmSync(gate);
    expect(await early.answer).toMatchObject({ code: 130 });
    expect((await bob.run('show', 'early')).code).toBe(2);
    await stocked(box, 'slow');
    const before = applies(box, 'handover');
    const late = bob.start('claim', 'slow', '--name', 'late');
    await started(box, before);
    late.child.kill('SIGINT');
    const answer = await late.answer;
    expect(answer.code).toBe(130);
    expect(answer.stderr).toContain('the claim of late continues');
    const detail = await until('the claim to end', async () => claimed(await bob.run('show', 'late', '--json')));
    expect(detail.builds.at(-1)).toMatchObject({ stage: 'claim', state: 'succeeded' });
  });

  it('a server that is killed in the middle of a claim and comes back: one workspace, and the command ends well', async () => {
    await stocked(box, 'slow');
    const before = applies(box, 'handover');
    const claim = bob.start('claim', 'slow', '--name', 'twice', '--request-id', 'r2', '--json');
    await started(box, before);
    await killHard(served.child);
    served = await startServe(box, '--listen', `127.0.0.1:${portOf(served)}`);
    const { code, stdout, stderr } = await claim.answer;
    expect([code, stderr]).toEqual([0, expect.stringContaining('asking again')]);
    const first = JSON.parse(stdout) as Answer;
    const second = (await bob.json('claim', 'slow', '--name', 'twice', '--request-id', 'r2')) as Answer;
    expect(second).toMatchObject({ repeated: true, workspace: { id: first.workspace.id, status: 'ready' } });
    const rows = (await box.json('list', '--search', 'owner:bob name:twice')) as readonly WorkspaceRow[];
    expect(rows.map(({ id }) => id)).toEqual([first.workspace.id]);
    expect(applies(box, 'handover')).toBe(before + 1);
  });

  it('a server that is killed before the apply: what cron undoes meanwhile begins anew when the command asks again', async () => {
    await stocked(box, 'slow');
    rmSync(`${gate}.seen`, { force: true });
    writeFileSync(gate, '');
    const claim = bob.start('claim', 'slow', '--name', 'anew', '--request-id', 'r4', '--json');
    await until('the engine to plan', () => (existsSync(`${gate}.seen`) ? true : undefined));
    await killHard(served.child);
    await box.ok('reconcile');
    rmSync(gate);
    expect((await box.ok('events')).split('\n').filter((line) => line.includes('its process ended'))).not.toEqual([]);
    served = await startServe(box, '--listen', `127.0.0.1:${portOf(served)}`);
    const { code, stdout, stderr } = await claim.answer;
    expect([code, stderr]).toEqual([0, expect.stringContaining('asking again')]);
    expect(JSON.parse(stdout)).toMatchObject({ servedAs: 'warm', workspace: { name: 'bob/anew' } });
  });

  it('a claim that waits in line twice in one server is served once', async () => {
    await emptied(box, 'slow');
    const before = applies(box, 'handover');
    const words = ['claim', 'slow', '--name', 'line', '--request-id', 'r3', '--wait', '--json'];
    const both = [bob.start(...words), bob.start(...words)];
    await until('both to wait', () => (said(both[0]!) && said(both[1]!) ? true : undefined));
    await box.ok('resume');
    const answers = await Promise.all(both.map(({ answer }) => answer));
    expect(answers.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const ids = answers.map(({ stdout }) => (JSON.parse(stdout) as Answer).workspace.id);
    expect(new Set(ids).size).toBe(1);
    expect(applies(box, 'handover')).toBe(before + 1);
  });

  it('a claim that waits in line keeps its place when the server is stopped and comes back', async () => {
    await emptied(box, 'slow');
    const waiting = bob.start('claim', 'slow', '--name', 'patient', '--wait', '--json');
    await until('it to wait', () => (said(waiting) ? true : undefined));
    const before = lineOf(box);
    expect(before).toHaveLength(1);
    const over = exited(served.child);
    served.child.kill('SIGTERM');
    expect(await over).toBe(0);
    expect(lineOf(box)).toEqual(before);
    // What cron makes meanwhile is kept for who waits.
    await box.ok('resume');
    await box.ok('reconcile');
    expect(lineOf(box)).toEqual(before);
    served = await startServe(box, '--listen', `127.0.0.1:${portOf(served)}`);
    const { code, stdout, stderr } = await waiting.answer;
    expect([code, stderr]).toEqual([0, expect.stringContaining('asking again')]);
    expect(JSON.parse(stdout)).toMatchObject({ servedAs: 'waited', workspace: { name: 'bob/patient' } });
  });

  it('a claim that waits without a process is served by the server', async () => {
    await emptied(box, 'quick');
    expect(await bob.json('claim', 'quick', '--name', 'off', '--detach')).toMatchObject({
      workspace: null,
      waiting: { before: 0 },
    });
    await box.ok('resume');
    const detail = await until('the claim to be served', async () => claimed(await bob.run('show', 'off', '--json')));
    expect(detail).toMatchObject({ owner: 'bob', status: 'ready' });
  });

  it('says what is wrong with the address', async () => {
    const port = await closedPort();
    const page = createHttp((_request, response) => response.end('<html>hello</html>'));
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const other = `http://127.0.0.1:${String((page.address() as AddressInfo).port)}`;
    const cases: readonly [string, number, RegExp][] = [
      ['not an address', 2, /PREBUILDS_URL is not the address of a server/],
      [`http://127.0.0.1:${String(port)}`, 4, /cannot be reached: connect ECONNREFUSED [\d.:]+\nhint: check PREBUILDS_URL/],
      [
        `https://127.0.0.1:${portOf(served)}`,
        4,
        /cannot be reached: what listens there does not speak https\nhint: `prebuilds serve` speaks http/,
      ],
      [other, 4, /something else than prebuilds answers\nhint: check PREBUILDS_URL/],
    ];
    try {
      for (const [url, code, words] of cases) {
        const answer = await bob.with({ PREBUILDS_URL: url }).run('claim', 'quick');
        expect([url, answer.code, answer.stderr]).toEqual([url, code, expect.stringMatching(words)]);
      }
    } finally {
      page.close();
    }
  });

  it('leaves nothing on the machine that asked', () => {
    for (const one of [admin, bob, nobody]) expect(one.traces()).toEqual([]);
  });
});

/** Claims that wait, by id. */
function lineOf(box: Sandbox): readonly unknown[] {
  const db = new Database(join(box.home, 'prebuilds.db'), { readonly: true });
  const ids = db.prepare("select id from claim where state = 'waiting' order by id").pluck().all();
  db.close();
  return ids;
}

/** Whether it said that it waits in line. */
const said = ({ errors }: ReturnType<Elsewhere['start']>): boolean => /waiting for (slow|it)/.test(errors());

interface Pushed {
  readonly template: { readonly name: string };
  readonly version: { readonly fingerprint: string };
  readonly unchanged: boolean;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
