import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exited, killHard, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import type { Answer, WorkspaceRow } from '../support/json.ts';
import { plain } from '../support/templates.ts';

interface ClaimRow {
  readonly id: string;
  readonly state: string;
}

/** Looks into (and bends the clock of) the store from outside. */
function store<T>(box: Sandbox, work: (db: Database.Database) => T): T {
  const db = new Database(join(box.home, 'prebuilds.db'));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

const claimOf = (box: Sandbox, name: string): ClaimRow | undefined =>
  store(
    box,
    (db) => db.prepare('select id, state from claim where name = ? order by created_at desc').get(name) as ClaimRow | undefined,
  );

const waits = (box: Sandbox, name: string): Promise<ClaimRow> =>
  until(`the claim of ${name} to wait`, () => {
    const claim = claimOf(box, name);
    return claim?.state === 'waiting' ? claim : undefined;
  });

describe('claims that wait in line', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    box.config('rehearsal: false\n');
    await box.ok('template', 'push', box.template('plain', plain(1)));
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('are served in order when the pool fills, and a new claim does not overtake them', async () => {
    const first = box.json('claim', 'plain', '--name', 'first', '--wait', '3m') as Promise<Answer>;
    await waits(box, 'first');
    const second = box.json('claim', 'plain', '--name', 'second', '--wait', '3m') as Promise<Answer>;
    await waits(box, 'second');
    const { pools } = (await box.json('status')) as { pools: readonly { waiting: number }[] };
    expect(pools[0]?.waiting).toBe(2);
    expect((await box.run('list')).stderr).toContain('waiting: anna/second for plain/Standard, 1 before it');
    const overtaking = await box.run('claim', 'plain', '--name', 'third', '--no-cold');
    expect(overtaking.code).toBe(5);
    let last: Answer | undefined;
    void second.then((answer) => (last = answer));
    while (last === undefined) await box.ok('reconcile');
    const one = await first;
    expect(one.servedAs).toBe('waited');
    expect(one.phasesMs['wait']).toBeGreaterThan(0);
    expect(last.servedAs).toBe('waited');
    const reserved = store(box, (db) =>
      db.prepare("select reason from event where kind = 'claim.reserved' order by seq").pluck().all(),
    );
    expect(reserved).toEqual(['for first', 'for second']);
  });

  it('end with a cold build, or exit 5, when their time is over', async () => {
    await box.ok('template', 'push', box.template('empty', plain(0, 'empty')));
    const none = await box.run('claim', 'empty', '--name', 'none', '--wait', '1s', '--no-cold');
    expect(none.code).toBe(5);
    expect(none.stderr).toContain('no prebuild was ready in time');
    const cold = (await box.json('claim', 'empty', '--name', 'none', '--wait', '1s')) as Answer;
    expect(cold).toMatchObject({ servedAs: 'cold', missReason: 'no prebuild was ready in time' });
  });

  it('are canceled by Ctrl-C, and free their name', async () => {
    const child = box.start('claim', 'empty', '--name', 'stopped', '--wait');
    await waits(box, 'stopped');
    child.kill('SIGINT');
    expect(await exited(child)).toBe(130);
    expect(claimOf(box, 'stopped')?.state).toBe('canceled');
  });

  it('of a killed client are joined by the same request, and else canceled by a pass once they are not touched', async () => {
    // A pass would make a prebuild for it.
    await box.ok('pause');
    const child = box.start('claim', 'empty', '--name', 'killed', '--wait');
    const { id } = await waits(box, 'killed');
    await killHard(child);
    await box.ok('reconcile');
    expect(claimOf(box, 'killed')).toEqual({ id, state: 'waiting' });
    const again = box.start('claim', 'empty', '--name', 'killed', '--wait');
    const before = store(box, (db) => db.prepare('select driver_pid from claim where id = ?').pluck().get(id));
    await until('the second process to join', () =>
      store(box, (db) => db.prepare('select driver_pid from claim where id = ?').pluck().get(id)) === before ? undefined : true,
    );
    expect(claimOf(box, 'killed')).toEqual({ id, state: 'waiting' });
    await killHard(again);
    store(box, (db) => db.prepare('update claim set touched_at = touched_at - 31000 where id = ?').run(id));
    await box.ok('reconcile');
    expect(claimOf(box, 'killed')).toEqual({ id, state: 'canceled' });
    await box.ok('resume');
  });

  it('without a process are listed, served by the next reconcile, and can be ended', async () => {
    await box.ok('template', 'push', box.template('later', plain(1, 'later')));
    const queued = (await box.json('claim', 'later', '--name', 'detached', '--detach')) as {
      readonly workspace: null;
      readonly waiting: { readonly name: string; readonly before: number };
    };
    expect(queued.workspace).toBeNull();
    expect(queued.waiting).toMatchObject({ name: 'anna/detached', before: 0 });
    await box.ok('claim', 'later', '--name', 'unwanted', '--detach');
    expect(await box.json('why', 'detached')).toMatchObject([
      {
        kind: 'claim',
        name: 'anna/detached',
        code: 'in_line',
        text: expect.stringMatching(/^it is the next in line for later\//) as string,
      },
    ]);
    expect(await box.ok('why', 'unwanted')).toMatch(
      /anna\/unwanted claim, in_line\n {2}it is number 2 in line .* to be made .*\n {2}next: run/,
    );
    const shown = await box.run('show', 'unwanted');
    expect(shown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('anna/unwanted is no workspace yet: its claim waits in line') as string,
    });
    expect(await box.ok('delete', 'unwanted')).toContain('waits no more');
    expect((await box.run('why', 'unwanted')).stderr).toContain('there is no pool, no workspace and no claim in line "unwanted"');
    expect((await box.json('reconcile')) as object).toMatchObject({ served: 1 });
    const [row] = (await box.json('list', '--search', 'name:detached')) as readonly WorkspaceRow[];
    expect(row).toMatchObject({ name: 'anna/detached', status: 'ready' });
    const history = (await box.json('history', 'detached')) as {
      claims: readonly { servedAs: string; phasesMs: { wait: number } }[];
    };
    expect(history.claims[0]).toMatchObject({ servedAs: 'waited' });
    expect(history.claims[0]?.phasesMs.wait).toBeGreaterThan(0);
  });
});

describe('claims with an end', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    box.config('rehearsal: false\nclaim_ttl: 1h\nclaim_ttl_max: 2h\n');
    await box.ok('template', 'push', box.template('plain', plain(1)));
    await box.ok('reconcile');
  });
  afterAll(async () => {
    await box.dispose();
  });

  const events = async (kind: string): Promise<number> =>
    ((await box.json('events')) as readonly { kind: string }[]).filter((event) => event.kind === kind).length;

  it('live as long as asked for, within the maximum', async () => {
    const refused = await box.run('claim', 'plain', '--name', 'dev', '--ttl', '3h');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('claim_ttl_max, which is 2h');
    const started = Date.now();
    const answer = (await box.json('claim', 'plain', '--name', 'dev')) as { workspace: { expiresAt: string } };
    const life = Date.parse(answer.workspace.expiresAt) - started;
    expect(life).toBeGreaterThanOrEqual(3_600_000);
    expect(life).toBeLessThan(3_600_000 + 120_000);
  });

  it('are extended from now, within the maximum counted from the claim', async () => {
    const before = Date.now();
    const longer = (await box.json('extend', 'dev', '90m')) as { expiresAt: string };
    expect(Date.parse(longer.expiresAt) - before).toBeGreaterThanOrEqual(90 * 60_000);
    const tooLong = await box.run('extend', 'dev', '3h');
    expect(tooLong.code).toBe(2);
    expect(tooLong.stderr).toContain('claim_ttl_max');
    expect((await box.run('extend', 'dev', '5m')).stderr).toContain('later than 5m from now');
  });

  it('are warned once before the end, then deleted by a pass', async () => {
    store(box, (db) => db.prepare("update workspace set expires_at = ? where name = 'dev'").run(Date.now() + 120_000));
    store(box, (db) => db.prepare("update workspace set claimed_at = claimed_at - 3600000 where name = 'dev'").run());
    await box.ok('reconcile');
    await box.ok('reconcile');
    expect(await events('workspace.expiring')).toBe(1);
    expect(await events('workspace.deleting')).toBe(0);
    store(box, (db) => db.prepare("update workspace set expires_at = ? where name = 'dev'").run(Date.now() - 1));
    await box.ok('reconcile');
    expect((await box.json('list', '--search', 'name:dev')) as object).toEqual([]);
    expect(await box.ok('events')).toContain('claim TTL: its time is over');
  });
});

describe('health checks', () => {
  it('replace one dead prebuild without counting a failure, and hold when most of the stock looks dead', async () => {
    const box = makeSandbox();
    const dead = join(box.folder, 'dead');
    box.config(
      `rehearsal: false\nhealth_interval: 2s\nhealth_failures: 2\nprobe:\n  command: [sh, -c, 'test ! -e "${dead}-$PREBUILDS_WORKSPACE_NAME"']\n`,
    );
    const { writeFileSync } = await import('node:fs');
    await box.ok('template', 'push', box.template('plain', plain(3)));
    await box.ok('reconcile');
    const names = async (): Promise<readonly string[]> =>
      ((await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[]).map(({ name }) =>
        name.replace('prebuilds/', ''),
      );
    const before = await names();
    const [victim = ''] = before;
    writeFileSync(`${dead}-${victim}`, '');
    const failures = async (): Promise<number> =>
      ((await box.json('show', `prebuilds/${victim}`)) as { healthFailures: number }).healthFailures;
    // One failed check is no verdict: a pass makes one at most in two seconds.
    await until('the first failed check', async () => {
      await box.ok('reconcile');
      return (await failures()) > 0 ? true : undefined;
    });
    expect([await failures(), await names()]).toEqual([1, before]);
    const after = await until('another one in its place', async () => {
      await box.ok('reconcile');
      const now = await names();
      return now.length === 3 && !now.includes(victim) ? now : undefined;
    });
    const pool = async () =>
      ((await box.json('status')) as { pools: readonly { breaker: string; failures: number; running: number }[] }).pools[0];
    expect(await pool()).toMatchObject({ breaker: 'closed', failures: 0 });
    for (const name of after) writeFileSync(`${dead}-${name}`, '');
    await until('a held pool', async () => {
      await box.ok('reconcile');
      return (await pool())?.breaker === 'holding' ? true : undefined;
    });
    expect([...(await names())].sort()).toEqual([...after].sort());
    expect(await pool()).toMatchObject({ breaker: 'holding', failures: 0, running: 3 });
    expect(await box.ok('events')).toContain('health.mass_failure');
    await box.dispose();
  });
});
