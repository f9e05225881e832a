import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, WorkspaceRow } from '../../support/json.ts';
import { PROJECT, type Sandbox } from '../../support/cli.ts';
import { openContainers, type Daemon } from '../../support/containers.ts';

/** The real docker provider against a real container daemon (podman's), with a template as Coder's documentation writes it. */
describe('containers', () => {
  let daemon: Daemon;
  let box: Sandbox;
  beforeAll(async () => {
    ({ daemon, box } = await openContainers());
    await push();
  });
  const push = async (): Promise<string> => {
    const vars = [`docker_host=${daemon.host}`, `image=${daemon.image}`, 'instances=2'].flatMap((one) => ['--var', one]);
    const answer = await box.run('template', 'push', join(PROJECT, 'fixtures', 'templates', 'docker'), ...vars);
    expect(answer.code).toBe(0);
    return answer.stdout + answer.stderr;
  };
  afterAll(async () => {
    await box.dispose();
    expect(daemon.podman('ps', '-aq').trim()).toBe('');
    daemon.stop();
  });

  const containerOf = (id: string): string =>
    daemon.podman('ps', '-q', '--no-trunc', '--filter', `label=coder.workspace_id=${id}`).trim();

  it('says at push that agents in containers cannot reach loopback', async () => {
    box.config('', true);
    expect(await push()).toContain('an agent in docker_container.workspace cannot reach http://127.0.0.1:7780');
    box.config('');
    expect(await push()).not.toContain('cannot reach');
  });

  it('keeps the container of a claimed prebuild', async () => {
    expect(await box.json('reconcile')).toMatchObject({ created: 2, failed: 0 });
    const prebuilds = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
    const before = new Map(prebuilds.map((view) => [view.id, containerOf(view.id)]));
    const answer = (await box.json('claim', 'docker', '--name', 'dev')) as Answer;
    expect(answer).toMatchObject({ servedAs: 'warm', rebuilt: [] });
    expect(containerOf(answer.workspace.id)).toMatch(/^[0-9a-f]{64}$/);
    expect(containerOf(answer.workspace.id)).toBe(before.get(answer.workspace.id));
  });

  it('never hands out a prebuild whose container is gone', async () => {
    box.config('health_interval: 1ms\n');
    await box.ok('reconcile');
    const prebuilds = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
    const [oldest] = [...prebuilds].sort((a, b) => (a.readyAt ?? '').localeCompare(b.readyAt ?? ''));
    if (oldest === undefined) throw new Error('no prebuild is ready');
    daemon.podman('rm', '-f', '-t', '0', containerOf(oldest.id));
    const answer = (await box.json('claim', 'docker', '--name', 'alive')) as Answer;
    expect(answer.servedAs).toBe('warm');
    expect(answer.workspace.id).not.toBe(oldest.id);
    expect(containerOf(answer.workspace.id)).not.toBe('');
  });
});
