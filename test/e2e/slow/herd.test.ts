import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, WorkspaceRow } from '../../support/json.ts';
import { makeSandbox, type Sandbox } from '../../support/cli.ts';
import { plain } from '../../support/templates.ts';

const PEOPLE = 64;
const POOL = 32;

/** As many real command lines as a course that starts at nine has people: each gets one workspace of its own, or one clear answer. */
describe('64 people claim 32 prebuilds at once', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    box.config('jobs: 4\n');
    await box.ok('template', 'push', box.template('plain', plain(POOL)));
  });
  afterAll(() => {
    // Nothing of this template is real, so the folder is all there is.
    rmSync(box.folder, { recursive: true, force: true });
  });

  const fill = async (): Promise<ReadonlySet<string>> => {
    await box.ok('reconcile');
    const ready = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
    expect(ready).toHaveLength(POOL);
    return new Set(ready.map((row) => row.id));
  };

  const claimAll = (name: string, ...more: readonly string[]) =>
    Promise.all(
      Array.from({ length: PEOPLE }, (_, n) =>
        box.run('claim', 'plain', '--name', name, '--owner', `person-${n}`, '--json', ...more),
      ),
    );

  const shared = (): unknown[] => {
    const db = new Database(join(box.home, 'prebuilds.db'), { readonly: true });
    const rows = db
      .prepare(`select workspace_id from claim where state = 'served' group by workspace_id having count(*) > 1`)
      .all();
    db.close();
    return rows;
  };

  it('without a cold build: 32 are served, 32 are told that nothing is left, nobody meets an error', async () => {
    const pool = await fill();
    const answers = await claimAll('first', '--no-cold');
    const codes = answers.map((answer) => answer.code);
    expect(answers.filter((answer) => answer.code !== 0 && answer.code !== 5).map((answer) => answer.stderr)).toEqual([]);
    expect({ served: codes.filter((code) => code === 0).length, refused: codes.filter((code) => code === 5).length }).toEqual({
      served: POOL,
      refused: PEOPLE - POOL,
    });
    const served = answers.filter((answer) => answer.code === 0).map((answer) => JSON.parse(answer.stdout) as Answer);
    expect(served.every((answer) => answer.servedAs === 'warm')).toBe(true);
    expect(new Set(served.map((answer) => answer.workspace.id))).toEqual(pool);
    expect(new Set(served.map((answer) => answer.workspace.name)).size).toBe(POOL);
    expect(shared()).toEqual([]);
  });

  it('with it: 32 are served from the pool and 32 get a new one, each their own', async () => {
    const pool = await fill();
    const answers = await claimAll('second');
    expect(answers.filter((answer) => answer.code !== 0).map((answer) => answer.stderr)).toEqual([]);
    const served = answers.map((answer) => JSON.parse(answer.stdout) as Answer);
    const warm = served.filter((answer) => answer.servedAs === 'warm');
    expect(new Set(warm.map((answer) => answer.workspace.id))).toEqual(pool);
    expect(served.filter((answer) => answer.servedAs === 'cold')).toHaveLength(PEOPLE - POOL);
    expect(new Set(served.map((answer) => answer.workspace.id)).size).toBe(PEOPLE);
    expect(shared()).toEqual([]);
  });
});
