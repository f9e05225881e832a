import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePodman, startPodman } from '../../../scripts/podman.mjs';
import { exited, type Sandbox, until } from '../../support/cli.ts';
import type { WorkspaceRow } from '../../support/json.ts';
import { freePort } from '../../support/port.ts';
import { World } from '../agent/world.ts';
import { openContainers, type Daemon } from '../../support/containers.ts';

/** An image that holds busybox and nothing else: no /usr/bin/env, no bash, no curl. The agent is pid 1. */
describe('the agent in a container of busybox alone', () => {
  let daemon: Daemon;
  beforeAll(async () => {
    if (!ensurePodman()) throw new Error('there is no podman, and it could not be installed');
    daemon = await startPodman();
  });
  afterAll(() => {
    daemon.stop();
  });

  it('lives as pid 1 from its first manifest to its stop scripts', async () => {
    const machinery = (word: string) => ({
      startup: `#!/usr/bin/env sh\necho "${word} $CODER_WORKSPACE_OWNER_NAME pid1=$(cat /proc/1/comm)"; (sleep 1 &) &`,
      shutdown: 'echo bye; exit 0',
      scripts: { bash: { start: true, text: '#!/usr/bin/env bash\necho never' } },
      metadata: [{ key: 'mem', script: 'coder stat mem', interval: 10, timeout: 5 }],
    });
    const world = await World.open(machinery('first'));
    try {
      const token = `CODER_AGENT_TOKEN=${world.token}`;
      const id = daemon.podman('run', '-d', '--env', token, daemon.image, 'sh', '-c', world.loader).trim();
      const failed = await world.reached('start_error', 1, 60_000);
      expect(failed.results).toEqual(
        expect.arrayContaining([
          { id: 'startup', exit: 0, seconds: expect.any(Number) as number },
          { id: world.idOf('bash'), exit: 127, seconds: expect.any(Number) as number },
        ]),
      );
      await until('the log', () => (world.log('startup', 1).includes('first prebuilds pid1=sh') ? true : undefined));
      await until('the reason', () => (world.log(world.idOf('bash'), 1).includes('this script needs bash') ? true : undefined));
      await until('metadata', () => world.values().get('mem'));
      expect(world.values().get('mem')?.value).toMatch(/GiB \(\d+%\)$/);

      world.write({ ...machinery('second'), scripts: {} });
      world.raise();
      await world.reached('ready', 2);
      await until('the second log', () => (world.log('startup', 2).includes('second') ? true : undefined));
      expect(daemon.podman('exec', id, 'sh', '-c', 'cat /proc/[0-9]*/stat')).not.toMatch(/\) Z /);

      daemon.podman('kill', '--signal', 'TERM', id);
      await world.reached('off', 2, 9000);
      await until('its end', () => (daemon.podman('ps', '-q').trim() === '' ? true : undefined), 9000);
      expect(daemon.podman('inspect', '--format', '{{.State.ExitCode}}', id).trim()).toBe('0');
      expect(world.log('shutdown', 2).toString()).toBe('bye\n');
    } finally {
      daemon.podman('rm', '-f', '-t', '0', '-a');
      await world.dispose();
    }
  });
});

const TEMPLATE = `
terraform {
  required_providers {
    coder  = { source = "coder/coder" }
    docker = { source = "kreuzwerker/docker" }
  }
}
variable "docker_host" { type = string }
variable "image" { type = string }
variable "notes" { type = string }
provider "docker" { host = var.docker_host }
data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}
data "coder_workspace_preset" "small" {
  name = "Small"
  prebuilds { instances = 1 }
}
resource "coder_agent" "main" {
  os              = "linux"
  arch            = "amd64"
  startup_script  = "echo \\"start $PERSON\\" >>/notes/note"
  shutdown_script = "echo \\"stop $PERSON\\" >>/notes/note; sleep 3; echo \\"stopped $PERSON\\" >>/notes/note"
}
resource "coder_env" "owner" {
  agent_id = coder_agent.main.id
  name     = "PERSON"
  value    = data.coder_workspace_owner.me.name
}
resource "docker_container" "main" {
  count    = data.coder_workspace.me.start_count
  name     = "coder-\${data.coder_workspace.me.id}"
  image    = var.image
  command  = ["sh", "-c", coder_agent.main.init_script]
  env      = ["CODER_AGENT_TOKEN=\${coder_agent.main.token}"]
  must_run = true
  network_mode = "host"
  volumes {
    host_path      = var.notes
    container_path = "/notes"
  }
  lifecycle { ignore_changes = [labels, user, working_dir, hostname, log_driver, log_opts, ulimit] }
}
`;

/** The docker provider gives a container 0 s to stop, so no signal reaches its agent: what the server says must. */
describe('workspaces of containers with agents', () => {
  let daemon: Daemon;
  let box: Sandbox;
  beforeAll(async () => {
    ({ daemon, box } = await openContainers());
    const port = String(await freePort());
    box.config(`access_url: http://127.0.0.1:${port}\nagent_listen: 127.0.0.1:${port}\nrehearsal: false\n`);
    mkdirSync(join(box.folder, 'notes'));
    const vars = [`docker_host=${daemon.host}`, `image=${daemon.image}`, `notes=${join(box.folder, 'notes')}`];
    await box.ok('template', 'push', box.template('boxes', TEMPLATE), ...vars.flatMap((one) => ['--var', one]));
  });
  afterAll(async () => {
    await box.dispose();
    daemon.stop();
  });
  const note = (): readonly string[] => {
    const path = join(box.folder, 'notes', 'note');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  };
  const stock = async () => (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];

  it('have their stop scripts run to their end before their container is destroyed', async () => {
    expect(await box.json('reconcile')).toMatchObject({ created: 1, failed: 0 });
    expect(await box.json('claim', 'boxes', '--name', 'dev')).toMatchObject({
      servedAs: 'warm',
      rebuilt: [],
      workspace: { status: 'ready' },
      agents: [{ name: 'main', status: 'ready' }],
    });
    await box.ok('stop', 'dev');
    expect(note()).toEqual(['start prebuilds', 'start anna', 'stop anna', 'stopped anna']);
    await box.ok('start', 'dev');
    expect(await box.json('show', 'dev')).toMatchObject({ status: 'ready' });
    await box.ok('delete', 'dev');
    expect(note().slice(4)).toEqual(['start anna', 'stop anna', 'stopped anna']);
    expect(daemon.podman('ps', '-q').trim()).toBe('');
  });

  it('are replaced when their agent falls silent while a server is up', async () => {
    await box.ok('reconcile');
    const [dead] = await stock();
    const watch = box.start('reconcile', '--watch', '--interval', '2s');
    daemon.podman('kill', `coder-${dead!.id}`);
    const fresh = await until('another prebuild', async () => (await stock()).find((row) => row.id !== dead!.id), 240_000);
    expect(fresh.status).toBe('ready');
    expect(await box.ok('events', '--json')).toContain('prebuild.agent_lost');
    watch.kill('SIGTERM');
    await exited(watch);
  });
});
