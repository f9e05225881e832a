import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox, PROJECT, type Sandbox } from '../support/cli.ts';
import type { Answer, WorkspaceRow } from '../support/json.ts';

interface Finding {
  readonly verdict: string;
  readonly kind: string;
  readonly id: string;
  readonly name: string | null;
  readonly workspace: string | null;
  readonly reason: string;
}
interface Report {
  readonly unaccounted: number;
  readonly sources: readonly {
    readonly source: string;
    readonly objects: number;
    readonly error: string | null;
    readonly findings: readonly Finding[];
  }[];
}

const UNKNOWN = '11111111-2222-3333-4444-555555555555';

describe('a sweep of machines that are processes', () => {
  let box: Sandbox;
  let machines: string;
  beforeAll(async () => {
    box = makeSandbox();
    machines = join(box.folder, 'machines');
    mkdirSync(machines);
    box.config(`templates:\n  process:\n    sweep: { process: { folder: "${machines}" }, interval: 1h }\n`);
    const dir = join(PROJECT, 'fixtures', 'templates', 'process');
    await box.ok(
      'template',
      'push',
      dir,
      '--var',
      `base_folder=${machines}`,
      '--var',
      'start_seconds=0',
      '--var',
      'run_agent=false',
    );
    await box.ok('reconcile');
  });
  afterAll(async () => {
    await box.dispose();
  });

  const sweep = async (...args: readonly string[]): Promise<{ code: number; report: Report }> => {
    const { code, stdout } = await box.run('sweep', '--json', ...args);
    return { code, report: JSON.parse(stdout) as Report };
  };
  const findings = ({ sources }: Report): readonly Finding[] => sources.flatMap((source) => source.findings);

  it('was made by the pass, and accounts for every folder and process', async () => {
    const { sweeps } = (await box.json('status')) as { sweeps: readonly object[] };
    expect(sweeps).toMatchObject([{ source: `process ${machines}`, objects: 4, unaccounted: 0, error: null }]);
    expect(await box.ok('status')).toMatch(/0 unaccounted objects, checked \d+s ago/);
    expect(await sweep()).toMatchObject({ code: 0, report: { unaccounted: 0 } });
  });

  it('stays clean through a claim, a stop and a delete', async () => {
    await box.ok('claim', 'process', '--name', 'dev');
    expect(await sweep()).toMatchObject({ code: 0, report: { unaccounted: 0 } });
    await box.ok('stop', 'dev');
    expect(await sweep()).toMatchObject({ code: 0, report: { unaccounted: 0, sources: [{ objects: 3 }] } });
    await box.ok('delete', 'dev');
    expect(await sweep()).toMatchObject({ code: 0, report: { unaccounted: 0, sources: [{ objects: 2 }] } });
  });

  it('finds the folder and the process of a deleted workspace, and lists what is of another home', async () => {
    const { workspace } = (await box.json('claim', 'process', '--name', 'leaky')) as Answer;
    const folder = join(machines, workspace.id);
    // Its pid file is gone, so its stop step finds nothing to stop, and the folder is not empty, so it stays.
    const pid = readFileSync(join(folder, 'pid'), 'utf8').trim();
    writeFileSync(join(folder, 'pid'), '');
    writeFileSync(join(folder, 'work'), 'something left');
    cpSync(folder, join(machines, UNKNOWN), { recursive: true });
    await box.ok('delete', 'leaky');
    const { code, report } = await sweep();
    expect(code).toBe(1);
    expect(report.unaccounted).toBe(2);
    expect(findings(report)).toMatchObject([
      { verdict: 'leaked', kind: 'folder', id: folder, workspace: 'anna/leaky', reason: 'its workspace is deleted' },
      { verdict: 'leaked', kind: 'process', id: pid, name: folder },
      { verdict: 'foreign', kind: 'folder', id: join(machines, UNKNOWN) },
    ]);
    const doctor = await box.run('doctor');
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain(`folder ${folder} of anna/leaky: its workspace is deleted`);
    expect(doctor.stdout).toContain(`kill ${pid}`);
    expect(await box.ok('status')).toContain('2 unaccounted objects');
    expect(await box.ok('metrics')).toContain(`prebuilds_unaccounted_objects{source="process ${machines}"} 2\n`);
    // Only a daemon's objects are removed; these are for a person.
    expect((await sweep('--remove')).code).toBe(1);
    expect(existsSync(folder)).toBe(true);
    process.kill(Number(pid), 'SIGKILL');
  });

  it('asks a command of the template, and says which line it cannot read', async () => {
    await box.ok('reconcile');
    const prebuilds = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
    const [first] = prebuilds;
    const state = JSON.parse(
      readFileSync(join(box.home, 'workspaces', first?.id ?? '', 'work', 'terraform.tfstate'), 'utf8'),
    ) as {
      resources: { type: string; name: string; instances: { attributes: { id: string } }[] }[];
    };
    const home = state.resources.find((one) => one.type === 'terraform_data' && one.name === 'home')?.instances[0]?.attributes.id;
    const listing = join(box.folder, 'listing');
    box.config(`templates:\n  process:\n    sweep: { command: [cat, "${listing}"] }\n`);
    writeFileSync(listing, `${String(home)}\n{"id":"i-1","workspace_id":"${String(first?.id)}","type":"cloud_machine"}\ni-2\n`);
    const { code, report } = await sweep('process', '--dry-run');
    expect(code).toBe(1);
    expect(findings(report)).toMatchObject([
      { verdict: 'leaked', id: 'i-1', reason: 'the state of its workspace does not know it' },
      { verdict: 'leaked', id: 'i-2', reason: 'no state knows it' },
    ]);
    expect(((await box.json('status')) as { sweeps: readonly object[] }).sweeps).toEqual([]);
    expect((await sweep()).code).toBe(1);
    writeFileSync(listing, '{"id": 7}\n');
    const broken = await box.run('sweep');
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain('line 1 of the sweep command has no "id"');
    // What was found before is still listed.
    expect(broken.stdout).toMatch(/leaked +object +i-1 /);
  });

  it('exits 2 where none is configured', async () => {
    box.config('');
    const none = await box.run('sweep');
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('no sweep is configured');
  });
});
