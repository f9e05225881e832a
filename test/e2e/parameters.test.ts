import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from '../support/cli.ts';
import type { Answer, Detail, PoolRow } from '../support/json.ts';
import { ofOwner } from '../support/templates.ts';

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
