import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from '../support/cli.ts';
import type { Answer, Detail, PoolRow } from '../support/json.ts';
import { dynamic, ofOwner } from '../support/templates.ts';

const outputsOf = (box: Sandbox, id: string): Readonly<Record<string, { readonly value: unknown }>> => {
  const path = join(box.home, 'workspaces', id, 'work', 'terraform.tfstate');
  return (JSON.parse(readFileSync(path, 'utf8')) as { outputs: Record<string, { value: unknown }> }).outputs;
};

describe('parameters that depend on the owner, and ephemeral ones', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    await box.ok('template', 'push', box.template('owned', ofOwner(1)));
    await box.ok('reconcile');
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('are judged in the plan of the claim: a bad value is exit 2, and the prebuild is ready again', async () => {
    const answer = await box.run('claim', 'owned', '--name', 'bad', '--param', 'who=bob');
    expect(answer.stderr).toContain('who');
    expect(answer.code).toBe(2);
    const [pool] = ((await box.json('status', 'owned')) as { pools: readonly PoolRow[] }).pools;
    expect(pool).toMatchObject({ eligible: 1, failures: 0 });
    const history = (await box.json('history', 'bad')) as { tries: readonly { outcome: string; reason: string }[] };
    expect(history.tries).toMatchObject([{ outcome: 'released' }]);
    expect((await box.run('claim', 'owned', '--name', 'bad', '--param', 'who=bob')).code).toBe(2);
  });

  it('have the owner’s default, and an ephemeral value for one build only', async () => {
    const answer = (await box.json('claim', 'owned', '--name', 'mine', '--param', 'debug=on')) as Answer;
    expect(answer.servedAs).toBe('warm');
    const { id } = answer.workspace;
    expect(outputsOf(box, id)).toMatchObject({ who: { value: 'anna' }, debug: { value: 'on' }, note: { value: '' } });
    await box.ok('stop', 'mine');
    await box.ok('start', 'mine');
    expect(outputsOf(box, id)).toMatchObject({ who: { value: 'anna' }, debug: { value: 'off' } });
    expect(((await box.json('show', 'mine')) as Detail).parameters).toMatchObject({ debug: 'off' });

    const running = await box.run('start', 'mine', '--param', 'debug=on');
    expect(running.code).toBe(5);
    expect(running.stderr).toContain('restart --param');
    expect((await box.run('restart', 'mine', '--param', 'note=x')).stderr).toContain('immutable');
    expect((await box.run('restart', 'mine', '--param', 'debgu=on')).stderr).toContain('did you mean "debug"?');
    await box.ok('restart', 'mine', '--param', 'debug=on');
    expect(outputsOf(box, id)).toMatchObject({ who: { value: 'anna' }, debug: { value: 'on' } });
    await box.ok('stop', 'mine');
    await box.ok('start', 'mine', '--param', 'debug=on');
    expect(outputsOf(box, id)).toMatchObject({ debug: { value: 'on' } });
    await box.ok('restart', 'mine');
    expect(outputsOf(box, id)).toMatchObject({ debug: { value: 'off' } });
  });
});

describe('parameters that are there for some values of another one only', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = makeSandbox();
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('belong to the preset that makes them, and its pool is built with them', async () => {
    const pushed = await box.run('template', 'push', box.template('dynamic', dynamic()));
    expect([pushed.code, pushed.stderr]).toEqual([0, expect.not.stringContaining('unknown parameter')]);
    await box.ok('reconcile');
    const answer = (await box.json('claim', 'dynamic', '--preset', 'Keys', '--name', 'keys')) as Answer;
    expect(answer).toMatchObject({ servedAs: 'warm' });
    expect(outputsOf(box, answer.workspace.id)).toMatchObject({ key: { value: 'abc' }, password: { value: '-' } });
    await box.ok('restart', 'keys', '--param', 'key=def');
    expect(outputsOf(box, answer.workspace.id)).toMatchObject({ key: { value: 'def' } });
  });

  it('may be given when the values that were asked for bring them, and only then', async () => {
    const missing = await box.run('claim', 'dynamic', '--name', 'own', '--param', 'way=key');
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('parameter "key" is required')]);
    const strange = await box.run('claim', 'dynamic', '--name', 'own', '--param', 'key=x');
    expect([strange.code, strange.stderr]).toEqual([2, expect.stringContaining('unknown parameter "key"')]);
    const mistyped = await box.run('claim', 'dynamic', '--name', 'own', '--param', 'way=key', '--param', 'kye=x');
    expect(mistyped.stderr).toContain('did you mean "key"?');
    const cold = (await box.json('claim', 'dynamic', '--name', 'own', '--param', 'way=key', '--param', 'key=xyz')) as Answer;
    expect(cold).toMatchObject({ servedAs: 'cold' });
    expect(outputsOf(box, cold.workspace.id)).toMatchObject({ key: { value: 'xyz' }, password: { value: '-' } });
    await box.ok('update', 'own', '--param', 'way=password', '--param', 'password=p');
    expect(outputsOf(box, cold.workspace.id)).toMatchObject({ key: { value: '-' }, password: { value: 'p' } });
    await box.ok('update', 'own', '--param', 'way=key', '--param', 'key=k');
    expect(outputsOf(box, cold.workspace.id)).toMatchObject({ key: { value: 'k' }, password: { value: '-' } });
    const warm = (await box.json('claim', 'dynamic', '--name', 'plain', '--param', 'password=q')) as Answer;
    expect(warm).toMatchObject({ servedAs: 'warm' });
    expect(outputsOf(box, warm.workspace.id)).toMatchObject({ password: { value: 'q' } });
  });
});
