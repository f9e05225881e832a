import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { readState } from '../../../src/engine/state.ts';
import { systemIds } from '../../../src/kit/ids.ts';
import { workspacePaths } from '../../../src/kit/paths.ts';
import { DEFAULT_RETENTION } from '../../../src/keep/retention.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { givenTemplate, newVersion, testClock, type Given, type TestClock } from '../../contract/support.ts';

/** A home with a real store and one template whose version folder exists. */
export interface Home {
  readonly home: string;
  readonly folder: string;
  readonly store: Store;
  readonly clock: TestClock;
  readonly given: Given;
  readonly deps: {
    readonly store: Store;
    readonly clock: TestClock;
    readonly home: string;
    readonly retention: typeof DEFAULT_RETENTION;
    readonly readState: typeof readState;
  };
  /** Pushes one more version and makes its folder. */
  push(): Promise<{ readonly id: string; readonly folder: string }>;
}

export function eachHome(): () => Home {
  let current: Home | undefined;
  beforeEach(async () => {
    current = await openHome();
  });
  afterEach(async () => {
    await current?.store.close();
    if (current !== undefined) rmSync(current.folder, { recursive: true, force: true });
  });
  return () => {
    if (current === undefined) throw new Error('no home is open');
    return current;
  };
}

async function openHome(): Promise<Home> {
  const folder = mkdtempSync(join(tmpdir(), 'prebuilds-keep-'));
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  const clock = testClock();
  const store = await openSqliteStore(join(home, 'prebuilds.db'), { clock, ids: systemIds });
  const given = await givenTemplate(store);
  const push = async () => {
    const input = newVersion();
    const at = join(home, 'versions', input.id);
    await store.importVersion({ ...input, version: { ...input.version, folder: at } }, given.actor);
    fill(join(at, 'source', 'main.tf'), 'text');
    return { id: input.id, folder: at };
  };
  const deps = { store, clock, home, retention: DEFAULT_RETENTION, readState };
  return { home, folder, store, clock, given, deps, push };
}

/** Writes a file (0600) with its folders (0700). */
export function fill(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
}

export const stateText = (lineage: string, serial: number, objects = 1): string =>
  JSON.stringify({
    version: 4,
    serial,
    lineage,
    outputs: {},
    resources: Array.from({ length: objects }, (_none, n) => ({
      mode: 'managed',
      type: 'terraform_data',
      name: `machine${String(n)}`,
      instances: [{ attributes: { id: `${lineage}-${String(n)}` } }],
    })),
  });

/** Gives a workspace a folder with a state. */
export function giveState(home: string, id: string, serial = 3, objects = 1): ReturnType<typeof workspacePaths> {
  const paths = workspacePaths(home, id);
  fill(paths.state, stateText(id, serial, objects));
  return paths;
}
