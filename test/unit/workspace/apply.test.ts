import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProviderSession, RunResult, RunSpec } from '../../../src/engine/engine.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import { workspacePaths } from '../../../src/kit/paths.ts';
import { applyDirectly } from '../../../src/workspace/apply.ts';
import type { WorkspaceDeps } from '../../../src/workspace/deps.ts';
import { runEngine, type Driving } from '../../../src/workspace/engine-run.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'apply-'));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

/** A build whose engine ends when it is told to, as one does whose providers could not be reached. */
function world() {
  const specs: RunSpec[] = [];
  let end: (result: Partial<RunResult>) => void = () => undefined;
  let healthy = true;
  const session = { reattach: '{}', hold: undefined, healthy: () => healthy, close: vi.fn() } as unknown as ProviderSession;
  const store = {
    moveBuild: vi.fn(() => Promise.resolve(true)),
    addRun: vi.fn(() => Promise.resolve()),
    consumeRun: vi.fn(() => Promise.resolve()),
  };
  const run = (spec: RunSpec): Promise<RunResult> => {
    specs.push(spec);
    return new Promise((resolve) => {
      end = (result) => {
        resolve({
          runId: spec.runId,
          folder: spec.folder,
          events: [],
          diagnostics: [],
          durationMs: 1,
          interrupted: false,
          ...result,
        } as RunResult);
      };
    });
  };
  const deps = {
    store,
    clock: { now: () => 0, monotonic: () => 0 },
    ids: { uuid: () => `run-${String(specs.length)}` },
    logger: silentLogger,
    engine: {
      runner: { run },
      engineOf: () => ({ kind: 'terraform', path: '/terraform', version: '1.11.4' }),
      directArgs: () => ['apply'],
      readState: () => ({ kind: 'missing' }),
      classify: () => ({ errorClass: 'environment', message: 'no answer', address: undefined }),
    },
  } as unknown as WorkspaceDeps;
  const driving = {
    operation: {
      build: { id: 'b', number: 1, workspaceId: 'w', stage: 'create', transition: 'start' },
      workspace: { name: 'x' },
    },
    paths: workspacePaths(home, 'w'),
    env: {},
    varFile: undefined,
    report: () => undefined,
    session,
  } as unknown as Driving;
  return {
    deps,
    driving,
    session,
    specs,
    sicken: () => (healthy = false),
    end: (result: Partial<RunResult>) => {
      end(result);
    },
  };
}

describe('an apply that is left', () => {
  it('is never begun again by who left it, and its session ends with its run', async () => {
    const one = world();
    const control = new AbortController();
    const driving: Driving = { ...one.driving, signal: control.signal };
    const ended = applyDirectly(one.deps, driving, { signal: control.signal, providerSession: true });
    await vi.waitUntil(() => one.specs.length === 1);
    control.abort();
    expect(await ended).toStrictEqual({ state: 'detached' });
    expect(one.session.close).not.toHaveBeenCalled();
    one.end({ exitCode: 1 });
    await vi.waitUntil(() => vi.mocked(one.session.close).mock.calls.length === 1);
    expect(one.specs).toHaveLength(1);
    expect(one.deps.store.consumeRun).not.toHaveBeenCalled();
  });
});

describe('an apply that is left before its engine was started', () => {
  it('starts none any more, since others may have taken the build', async () => {
    const one = world();
    const control = new AbortController();
    vi.mocked(one.deps.store.moveBuild).mockImplementation(() => {
      control.abort();
      return Promise.resolve(true);
    });
    const driving: Driving = { ...one.driving, signal: control.signal };
    const ended = await applyDirectly(one.deps, driving, { signal: control.signal, providerSession: true });
    expect(ended).toStrictEqual({ state: 'detached' });
    await vi.waitUntil(() => vi.mocked(one.session.close).mock.calls.length === 1);
    expect(one.deps.store.addRun).not.toHaveBeenCalled();
    expect(one.specs).toHaveLength(0);
  });
});

describe('a run', () => {
  it.each([
    ['has a session that works', false],
    ['does without one that has ended', true],
  ])('%s', async (_what, ill) => {
    const one = world();
    if (ill) one.sicken();
    const running = runEngine(one.deps, one.driving, 'apply', () => ['apply']);
    await vi.waitUntil(() => one.specs.length === 1);
    expect(one.specs[0]?.session).toBe(ill ? undefined : one.session);
    expect(one.session.close).toHaveBeenCalledTimes(ill ? 1 : 0);
    one.end({ exitCode: 0 });
    expect((await running).result.exitCode).toBe(0);
  });
});
