import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../support/cli.ts';
import type { Answer, WorkspaceRow } from '../../support/json.ts';
import { agentSandbox, noted, processTemplate } from './process-template.ts';

describe('readiness by agents', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await agentSandbox('failures: { keep: 0 }\n');
  });
  afterAll(() => box.dispose());
  const push = (name: string, scripts: Parameters<typeof processTemplate>[0]) =>
    box.ok('template', 'push', box.template(name, processTemplate(scripts)), '--var', `notes=${box.folder}`);
  const stock = async (template: string) =>
    (await box.json('list', '--search', `owner:prebuilds template:${template}`)) as readonly WorkspaceRow[];

  it('reconcile hears the agents while it waits, and a claim runs the start scripts again for its owner', async () => {
    await push('agents', { start: 'sleep 1; echo "$PERSON $OWNER" >>${var.notes}/note' });
    expect(await box.json('reconcile')).toMatchObject({ created: 1, failed: 0 });
    expect(noted(box)).toBe('prebuilds of agent\n');
    expect(await stock('agents')).toMatchObject([{ status: 'ready' }]);
    const pid = noted(box, 'pid');

    const answer = (await box.json('claim', 'agents', '--name', 'dev')) as Answer;
    expect(answer).toMatchObject({ servedAs: 'warm', rebuilt: [], workspace: { status: 'ready' } });
    expect(answer.agents).toMatchObject([{ name: 'main', status: 'ready', failed: null }]);
    expect(answer.agents[0]?.seconds).toBeGreaterThanOrEqual(1);
    expect(answer.phasesMs['agents']).toBeGreaterThan(0);
    expect(noted(box)).toBe('prebuilds of agent\nanna of agent\n');
    expect(noted(box, 'pid')).toBe(pid);
    // Readiness is measured when the agents are ready, for the prebuild and for its claim.
    const metrics = await box.ok('metrics');
    expect(metrics).toMatch(/is_prebuild="false".* 1$/m);
    await box.ok('delete', 'dev', '--force');
  });

  it('a start script that fails makes no stock, says which one and how, and is replaced', async () => {
    await push('broken', { start: 'test -f ${var.notes}/mended || exit 7' });
    const failed = await box.run('reconcile', '--pool', 'broken/Small');
    expect([failed.code, failed.stdout.split(';')[0]]).toEqual([3, '1 deleted, 1 failed']);
    expect((await stock('broken')).filter((row) => row.status === 'ready')).toEqual([]);
    expect(await box.ok('events', '--json')).toContain('agent main: script startup exited 7');
    expect(await box.json('status', 'broken/Small')).toMatchObject({
      pools: [{ failures: 1, lastError: expect.stringContaining('exited 7') as string }],
    });
    writeFileSync(join(box.folder, 'mended'), '');
    await box.ok('retry', 'broken/Small');
    await box.ok('reconcile');
    expect((await stock('broken')).filter((row) => row.status === 'ready')).toHaveLength(1);
    await box.ok('drain', 'broken/Small');
    rmSync(join(box.folder, 'mended'));
  });

  it('a start script that fails after the claim leaves the workspace to its owner, and says so', async () => {
    await push('picky', { start: '[ "$PERSON" = prebuilds ] || exit 3' });
    await box.ok('reconcile');
    const answer = (await box.json('claim', 'picky', '--name', 'mine')) as Answer;
    expect(answer).toMatchObject({
      servedAs: 'warm',
      workspace: { status: 'ready' },
      agents: [{ name: 'main', status: 'start_error', failed: { script: 'startup', exit: 3 } }],
    });
    expect(await box.ok('why', 'mine')).toContain('agent main: script startup exited 3');
    await box.ok('delete', 'mine', '--force');
    await box.ok('drain', 'picky/Small');
  });

  it('a cold build is ready when its agents are', async () => {
    await push('cold', { start: 'sleep 1; echo "cold $PERSON" >>${var.notes}/note', instances: 0 });
    const answer = (await box.json('claim', 'cold', '--name', 'slow')) as Answer;
    expect(answer).toMatchObject({ servedAs: 'cold', workspace: { status: 'ready' }, agents: [{ status: 'ready' }] });
    expect(noted(box)).toMatch(/cold anna\n$/);
    await box.ok('delete', 'slow', '--force');
  });
});
