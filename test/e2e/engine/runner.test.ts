import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyArgs, planArgs, refreshOnlyArgs, replacePathsOf, showPlan } from '../../../src/engine/commands.ts';
import { classify } from '../../../src/engine/diagnostics.ts';
import type { RunResult } from '../../../src/engine/engine.ts';
import { createEngineRunner } from '../../../src/engine/runner.ts';
import { readState } from '../../../src/engine/state.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import { until } from '../../support/cli.ts';
import type { DriverInput } from './driver.ts';
import { makeWorld, processesOf, providersOf, type World } from './support.ts';

const runner = createEngineRunner({ clock: systemClock, logger: silentLogger });
const PLAN = planArgs({ refresh: false, destroy: false, out: 'plan.bin', varFile: undefined });
const APPLY = applyArgs({ plan: 'plan.bin' });

/** What `/bin/sh` really is, as the process list names it. */
const SHELL = basename(realpathSync('/bin/sh'));

let worlds: World[] = [];
let daemons: number[] = [];
const world = async (extra?: string): Promise<World> => {
  const made = await makeWorld(extra);
  worlds.push(made);
  return made;
};
beforeEach(() => {
  worlds = [];
  daemons = [];
});
afterEach(() => {
  for (const pid of daemons) process.kill(pid, 'SIGKILL');
  for (const { folder } of worlds) rmSync(folder, { recursive: true, force: true });
});

const openSession = async (of: World) => {
  const opened = await runner.openSession({
    dataDir: of.dataDir,
    cwd: of.work,
    env: of.env,
    providers: of.providers,
    runRoot: of.folder,
  });
  if (!('session' in opened)) throw new Error(opened.reason);
  return opened.session;
};

const ok = (result: RunResult): RunResult => {
  expect(result.diagnostics).toStrictEqual([]);
  expect(result.exitCode).toBe(0);
  return result;
};

/**
 * The state without what is new in every workspace. The serial counts intermediate writes, which depends on timing; the marks of sensitive
 * attributes come in any order.
 */
function comparable(of: World): unknown {
  const text = readFileSync(join(of.work, 'terraform.tfstate'), 'utf8')
    .replaceAll(of.mark, 'WORKSPACE')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID');
  return JSON.parse(text, (key, value: unknown) => {
    if (key === 'serial') return undefined;
    return key === 'sensitive_attributes' && Array.isArray(value) ? value.map((one) => JSON.stringify(one)).sort() : value;
  });
}

describe('plan and apply', () => {
  it('through a session give what they give without, and the engine starts no provider of its own', async () => {
    const [plain, shared] = [await world(), await world()];
    const trace = (of: World) => ({ env: { ...of.env, TF_LOG: 'debug', TF_LOG_PATH: join(of.folder, 'trace') } });
    ok(await runner.run(plain.spec('plan', PLAN, trace(plain))));
    const plainApply = ok(await runner.run(plain.spec('apply', APPLY, trace(plain))));

    const session = await openSession(shared);
    expect(session.healthy()).toBe(true);
    expect(providersOf(shared)).toHaveLength(2);
    const plan = ok(await runner.run(shared.spec('plan', PLAN, { ...trace(shared), session })));
    const sharedApply = ok(await runner.run(shared.spec('apply', APPLY, { ...trace(shared), session })));
    expect(session.healthy()).toBe(true);
    session.close();
    expect(session.healthy()).toBe(false);
    await until('the providers to end', () => (providersOf(shared).length === 0 ? true : undefined));

    expect(plan.events.some((event) => event.type === 'apply_start')).toBe(false);
    expect(plan.events.filter((event) => event.type === 'planned_change').map((event) => event.change.action)).toStrictEqual([
      'create',
      'create',
    ]);
    const started = (of: World) => readFileSync(join(of.folder, 'trace'), 'utf8').match(/starting plugin/g)?.length ?? 0;
    expect(started(plain)).toBeGreaterThan(3);
    expect(started(shared)).toBe(0);
    expect(comparable(shared)).toStrictEqual(comparable(plain));
    const shape = (result: RunResult) =>
      result.events.map((event) => `${event.type} ${'address' in event ? event.address : ''}`).sort();
    expect(shape(sharedApply)).toStrictEqual(shape(plainApply));
    expect(readFileSync(join(shared.work, 'note.txt'), 'utf8')).toBe('anna dev 4');
  });

  it('leave a record that can be read again, private files, and a state that can be read', async () => {
    const one = await world();
    ok(await runner.run(one.spec('plan', PLAN)));
    const spec = one.spec('apply', APPLY);
    const result = ok(await runner.run(spec));
    expect(await runner.adopt(spec.runId, spec.folder)).toStrictEqual({ ...result, durationMs: expect.any(Number) as number });
    expect(runner.isRunAlive(spec.folder)).toBe(false);
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect(mode(spec.folder)).toBe('700');
    const written = ['stdout', 'stderr', 'intent.json', 'exit', 'engine', 'wrapper'].map((name) => join(spec.folder, name));
    for (const path of [...written, join(one.work, 'plan.bin'), join(one.work, 'terraform.tfstate')])
      expect(mode(path), path).toBe('600');
    const state = readState(join(one.work, 'terraform.tfstate'));
    expect(
      state.kind === 'ok' &&
        state.resources.filter((resource) => resource.mode === 'managed').map((resource) => resource.address),
    ).toStrictEqual(['coder_agent.main', 'local_file.note']);
    expect(state.kind === 'ok' && state.agentToken).toMatch(/^[0-9a-f-]{36}$/);
    await expect(runner.run(spec)).rejects.toMatchObject({ code: 'run_exists' });
  });

  it('a changed attribute that forces replacement is named by its path, and drift is seen by a refresh', async () => {
    const one = await world();
    ok(await runner.run(one.spec('plan', PLAN)));
    ok(await runner.run(one.spec('apply', APPLY)));
    const env = { ...one.env, CODER_WORKSPACE_OWNER: 'bert', CODER_WORKSPACE_OWNER_NAME: 'bert' };
    const plan = ok(await runner.run(one.spec('second', PLAN, { env })));
    expect(plan.events).toContainEqual({
      type: 'planned_change',
      change: { address: 'local_file.note', type: 'local_file', action: 'replace', reason: 'cannot_update' },
    });
    const shown = await showPlan({ engine: one.engine, cwd: one.work, env, plan: 'plan.bin' });
    expect(replacePathsOf(shown).get('local_file.note')).toStrictEqual(['content']);
    rmSync(join(one.work, 'note.txt'));
    const check = ok(await runner.run(one.spec('check', refreshOnlyArgs({ varFile: undefined }))));
    expect(check.events).toContainEqual({
      type: 'resource_drift',
      change: { address: 'local_file.note', type: 'local_file', action: 'delete' },
    });
    ok(await runner.run(one.spec('third', PLAN, { env })));
    const stale = one.spec('stale', APPLY, { env });
    ok(await runner.run(one.spec('apply-third', APPLY, { env })));
    expect(classify(await runner.run(stale)).errorClass).toBe('stale_plan');
  });
});

const step = (command: string) => `
resource "terraform_data" "machine" {
  depends_on = [local_file.note]
  provisioner "local-exec" { command = ${JSON.stringify(command)} }
}
resource "local_file" "after" {
  depends_on = [terraform_data.machine]
  filename   = "\${path.root}/after.txt"
  content    = data.coder_workspace_owner.me.name
}
`;

const seen = (path: string) => until(path, () => (existsSync(path) ? true : undefined));
const gone = (what: string, list: () => readonly number[]) => until(what, () => (list().length === 0 ? true : undefined));

/** Starts the driver as a process that can be killed. */
async function startDriver(of: World, input: Omit<DriverInput, 'session'>): Promise<ChildProcess> {
  const outfile = join(of.folder, 'driver.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'driver.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['execa'],
    logLevel: 'error',
  });
  const session = { dataDir: of.dataDir, cwd: of.work, env: of.env, providers: of.providers, runRoot: of.folder };
  const path = join(of.folder, 'driver.json');
  writeFileSync(path, JSON.stringify({ ...input, session }));
  const limit = input.descriptors === undefined ? '' : 'ulimit -n 64; ';
  const child = spawn('sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, outfile, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('when the tool is killed', () => {
  it('an apply goes on to its end with its providers, can be adopted, and the providers end after it', async () => {
    const one = await world(step('touch began; while [ ! -e go ]; do sleep 0.1; done; echo done > made'));
    const apply = one.spec('apply', APPLY);
    const driver = await startDriver(one, { runs: [one.spec('plan', PLAN), apply], linger: false });
    await seen(join(one.work, 'began'));
    driver.kill('SIGKILL');
    await once(driver, 'exit');
    expect(providersOf(one)).toHaveLength(2);
    expect(runner.isRunAlive(apply.folder)).toBe(true);
    const adopted = runner.adopt(apply.runId, apply.folder);
    writeFileSync(join(one.work, 'go'), '');
    const result = ok(await adopted);
    expect(result.events.flatMap((event) => (event.type === 'apply_complete' ? [event.address] : [])).sort()).toStrictEqual([
      'coder_agent.main',
      'local_file.after',
      'local_file.note',
      'terraform_data.machine',
    ]);
    expect(readFileSync(join(one.work, 'after.txt'), 'utf8')).toBe('anna');
    await gone('the providers to end', () => providersOf(one));
  });

  it('between two commands, the providers end with it', async () => {
    const one = await world();
    const driver = await startDriver(one, { runs: [], linger: true });
    expect(providersOf(one)).toHaveLength(2);
    driver.kill('SIGKILL');
    await gone('the providers to end', () => providersOf(one));
    await gone('the keepers to end', () => processesOf(one.mark, SHELL).concat(processesOf(one.mark, 'cat')));
  });

  it.each([1, 2, 4])('a session that finds %i descriptors says so, and the next one opens', async (descriptors) => {
    const one = await world();
    const driver = await startDriver(one, { runs: [one.spec('plan', PLAN)], linger: false, descriptors });
    let output = '';
    driver.stdout?.on('data', (data) => (output += String(data)));
    expect((await once(driver, 'exit'))[0]).toBe(0);
    expect(output).toContain('plan 0\n');
    await gone('the providers to end', () => providersOf(one));
  });

  it('a keeper that ends makes the session unhealthy, a run that has it works, and the providers end with the session', async () => {
    const one = await world();
    const session = await openSession(one);
    const [victim = 0] = processesOf(one.mark, SHELL);
    process.kill(victim, 'SIGKILL');
    await until('the session to notice', () => (session.healthy() ? undefined : true));
    ok(await runner.run(one.spec('plan', PLAN, { session })));
    expect(providersOf(one)).toHaveLength(2);
    session.close();
    await gone('the providers to end', () => providersOf(one));
  });

  it('a provider that ends makes the session unhealthy, and the run fails instead of hanging', async () => {
    const one = await world();
    const session = await openSession(one);
    const [victim] = providersOf(one);
    process.kill(victim!, 'SIGKILL');
    await until('the session to notice', () => (session.healthy() ? undefined : true));
    const result = await runner.run(one.spec('plan', PLAN, { session }));
    expect(result.exitCode).toBe(1);
    session.close();
    await gone('the other provider to end', () => providersOf(one));
  });
});

describe('an interrupt', () => {
  it('reaches the engine once, is no failure of the template, and leaves no step behind', async () => {
    const one = await world(step('touch began; sleep 600'));
    ok(await runner.run(one.spec('plan', PLAN)));
    const control = new AbortController();
    const running = runner.run(one.spec('apply', APPLY, { signal: control.signal }));
    await seen(join(one.work, 'began'));
    control.abort();
    const result = await running;
    expect(result).toMatchObject({ interrupted: true, exitCode: 1 });
    expect(classify(result).errorClass).toBe('cancelled');
    expect(result.events.filter((event) => event.type === 'log' && event.message.startsWith('Interrupt received'))).toHaveLength(
      1,
    );
    expect(result.events.some((event) => event.type === 'log' && event.message.startsWith('Two interrupts'))).toBe(false);
    expect(readState(join(one.work, 'terraform.tfstate')).kind).toBe('ok');
    await gone('the step to end', () => processesOf(one.mark, 'sleep'));
  });

  it('of a run that another process started ends it as well', async () => {
    const one = await world(step('touch began; sleep 600'));
    const apply = one.spec('apply', APPLY);
    const driver = await startDriver(one, { runs: [one.spec('plan', PLAN), apply], linger: false });
    await seen(join(one.work, 'began'));
    driver.kill('SIGKILL');
    await once(driver, 'exit');
    await runner.interrupt(apply.folder, 60_000);
    expect(runner.isRunAlive(apply.folder)).toBe(false);
    expect(await runner.adopt(apply.runId, apply.folder)).toMatchObject({ interrupted: true, exitCode: 1 });
    await gone('the providers to end', () => providersOf(one));
  });
});

describe('what a template leaves running', () => {
  it.each([
    ['in a session of its own', 'setsid sleep 600 </dev/null >/dev/null 2>&1 & echo $! > pid'],
    ['in the run’s session', 'nohup sleep 600 </dev/null >/dev/null 2>&1 & echo $! > pid'],
  ])('a daemon %s neither keeps a run alive nor is ended with it', async (_name, command) => {
    const one = await world(step(`${command}; if [ -e wait ]; then touch began; while :; do sleep 0.1; done; fi`));
    ok(await runner.run(one.spec('plan', PLAN)));
    const first = one.spec('apply', APPLY);
    ok(await runner.run(first));
    const pidOf = () => Number(readFileSync(join(one.work, 'pid'), 'utf8'));
    daemons.push(pidOf());
    expect(runner.isRunAlive(first.folder)).toBe(false);
    expect(processesOf(one.mark, 'sleep')).toContain(pidOf());

    // The same without an `exit`: wrapper and engine are killed in the middle of a step.
    writeFileSync(join(one.work, 'wait'), '');
    const taint = ['plan', '-json', '-input=false', '-refresh=false', '-replace=terraform_data.machine', '-out=plan.bin'];
    ok(await runner.run(one.spec('replan', taint)));
    const second = one.spec('reapply', APPLY);
    const driver = await startDriver(one, { runs: [second], linger: false });
    await seen(join(one.work, 'began'));
    daemons.push(pidOf());
    driver.kill('SIGKILL');
    for (const who of ['wrapper', 'engine'])
      process.kill(Number.parseInt(readFileSync(join(second.folder, who), 'utf8'), 10), 'SIGKILL');
    // The step goes on, so the run is not over; what is left of it is ended, the daemon is not.
    expect(runner.isRunAlive(second.folder)).toBe(true);
    await runner.interrupt(second.folder, 0);
    expect(existsSync(join(second.folder, 'unclean'))).toBe(true);
    expect(runner.isRunAlive(second.folder)).toBe(false);
    expect(await runner.adopt(second.runId, second.folder)).toMatchObject({ exitCode: undefined, interrupted: true });
    expect(processesOf(one.mark, 'sleep')).toContain(pidOf());
    await gone('the step to end', () => processesOf(one.mark, SHELL));
    // The daemon holds nothing that would keep them.
    await gone('the providers to end', () => providersOf(one));
  });
});
