import { describe, expect, it } from 'vitest';
import type { ClaimAnswer, ClaimInput } from '../../../src/api/app.ts';
import { claim, cli, NOW, workspace } from './fakes.ts';

const answer: ClaimAnswer = {
  workspace,
  waiting: undefined,
  claim,
  servedAs: 'warm',
  preset: 'GoLand: Large',
  presetReason: 'the default preset',
  missReason: undefined,
  phases: { resolve: 12, reserve: 4, plan: 400, guard: 1, apply: 351, commit: 5, total: 780 },
  rebuilt: [],
  agents: [],
  connect: 'prebuilds connect ana/api',
  resources: [],
  apps: [],
  metadata: [],
  repeated: false,
};

/** Runs the command and gives what the application was asked. */
async function claiming(args: readonly string[], given: ClaimAnswer = answer) {
  let input: ClaimInput | undefined;
  const outcome = await cli(args, {
    app: {
      workspaces: {
        claim: (asked) => {
          input = asked;
          asked.onStep?.('claiming prebuild-abc');
          return Promise.resolve(given);
        },
      },
    },
  });
  return { ...outcome, input: input! };
}

describe('claim', () => {
  it('passes on everything that was typed', async () => {
    const args = ['claim', 'docker', '--preset', 'GoLand: Large', '--name', 'api', '--param', 'a=1', '--param', 'b=x=y'];
    const { input } = await claiming([...args, '--owner', 'bob', '--no-cold', '--request-id', 'r1', '--no-provider-session']);
    expect(input).toMatchObject({
      template: 'docker',
      preset: 'GoLand: Large',
      name: 'api',
      params: ['a=1', 'b=x=y'],
      owner: 'bob',
      noCold: true,
      noPool: false,
      requestId: 'r1',
      providerSession: false,
    });
  });

  it('asks for the pool, allows a cold build, and leaves sessions to the configuration by default', async () => {
    const { input } = await claiming(['claim', 'docker']);
    expect(input).toMatchObject({ noCold: false, noPool: false, params: [], preset: undefined, owner: undefined });
    expect(input.providerSession).toBeUndefined();
  });

  it.each([
    [['--wait'], { wait: { ms: undefined }, detach: false }],
    [['--wait', '90s'], { wait: { ms: 90_000 }, detach: false }],
    [['--detach'], { wait: undefined, detach: true }],
    [['--ttl', '8h'], { wait: undefined, detach: false, ttlMs: 28_800_000 }],
  ])('passes on %j', async (args, expected) => {
    expect((await claiming(['claim', 'docker', ...args])).input).toMatchObject(expected);
  });

  it('says when it was served from an older version', async () => {
    const older = { version: 2, active: 3 };
    const { out } = await claiming(['claim', 'docker'], { ...answer, older });
    expect(out).toContain('2, older than the active 3; prebuilds update brings it up to date');
    expect((await claiming(['claim', 'docker', '--json'], { ...answer, older })).json).toMatchObject({ older });
    expect((await claiming(['claim', 'docker'])).out).not.toContain('older');
  });

  it('says how long it waited, and when the workspace ends', async () => {
    const { out } = await claiming(['claim', 'docker'], {
      ...answer,
      servedAs: 'waited',
      phases: { wait: 3200, total: 4000 },
      workspace: { ...workspace, expiresAt: NOW + 3_600_000 },
    });
    expect(out).toContain('Served     after 3.20s in line, 4.00s in all\n');
    expect(out).toContain('Ends       in 1h\n');
  });

  it('says where a claim without a process waits, with no workspace in the JSON', async () => {
    const waiting = {
      claimId: 'c1',
      owner: 'ana',
      name: 'api',
      template: 'docker',
      preset: 'GoLand: Large',
      before: 2,
      since: NOW,
      deadlineAt: undefined,
      detached: true,
    };
    const given = { ...answer, workspace: undefined, servedAs: undefined, waiting };
    expect((await claiming(['claim', 'docker', '--detach'], given)).out).toContain('Waiting    ana/api\n');
    expect((await claiming(['claim', 'docker', '--detach', '--json'], given)).json).toMatchObject({
      workspace: null,
      servedAs: null,
      waiting: { name: 'ana/api', before: 2, deadlineAt: null },
    });
  });

  it('create --no-pool forces a cold build', async () => {
    const { input } = await claiming(['create', 'docker', '--no-pool']);
    expect(input).toMatchObject({ template: 'docker', noPool: true });
  });

  it('answers with name, how it was served, seconds per phase and how to connect', async () => {
    const { code, out, err } = await claiming(['claim', 'docker']);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'Workspace  ana/api',
        'Template   docker',
        'Preset     GoLand: Large (the default preset)',
        'Served     warm in 0.78s',
        '',
        'PHASE    SECONDS',
        'resolve     0.01',
        'reserve     0.00',
        'plan        0.40',
        'guard       0.00',
        'apply       0.35',
        'commit      0.01',
        'total       0.78',
        '',
        'Connect  prebuilds connect ana/api',
        '',
      ].join('\n'),
    );
    expect(err).toBe('claiming prebuild-abc\n');
  });

  it('warns about what was rebuilt, and because of which paths', async () => {
    const { out } = await claiming(['claim', 'docker'], {
      ...answer,
      rebuilt: [
        { address: 'docker_container.workspace[0]', type: 'docker_container', action: 'replace', paths: ['env', 'hostname'] },
        { address: 'null_resource.x', type: 'null_resource', action: 'replace', reason: 'replace_because_cannot_update' },
        { address: 'local_file.y', type: 'local_file', action: 'delete' },
      ],
    });
    expect(out).toContain('warning: docker_container.workspace[0] was rebuilt because of env, hostname\n');
    expect(out).toContain('warning: null_resource.x was rebuilt (replace_because_cannot_update)\n');
    expect(out).toContain('warning: local_file.y was destroyed\n');
  });

  it('says why no prebuild was taken', async () => {
    const { out } = await claiming(['claim', 'docker'], { ...answer, servedAs: 'cold', missReason: 'no eligible prebuild' });
    expect(out).toContain('Served     cold (no eligible prebuild) in 0.78s');
  });

  it('answers with JSON, without internal columns', async () => {
    const { json } = await claiming(['claim', 'docker', '--json']);
    expect(json).toMatchObject({
      workspace: { name: 'ana/api', owner: 'ana', status: 'ready', claimedAt: '2026-01-02T03:03:05.000Z', lastError: null },
      servedAs: 'warm',
      phasesMs: { plan: 400 },
      missReason: null,
      rebuilt: [],
    });
    expect(JSON.stringify(json)).not.toContain('rowVersion');
  });

  it('is silent on stderr with -q', async () => {
    expect((await claiming(['claim', 'docker', '-q'])).err).toBe('');
  });
});
