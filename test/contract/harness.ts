import { afterEach, beforeEach } from 'vitest';
import type { Subscribers } from '../../src/domain/hooks.ts';
import type { Store } from '../../src/store/store.ts';
import type { TestClock } from './support.ts';

/** One fresh database, open twice, as by two processes; and a way to write past the store's own checks. */
export interface StoreUnderTest {
  readonly a: Store;
  readonly b: Store;
  readonly clock: TestClock;
  /** Runs one statement on a third connection. */
  exec(sql: string): unknown;
  rows(sql: string): readonly Record<string, unknown>[];
  close(): Promise<void>;
}

export type OpenStore = (subscribers?: Subscribers) => Promise<StoreUnderTest>;

/** Opens a fresh store before each test of a group and closes it afterwards. */
export function eachTest(open: OpenStore, subscribers?: Subscribers): () => StoreUnderTest {
  let current: StoreUnderTest | undefined;
  beforeEach(async () => {
    current = await open(subscribers);
  });
  afterEach(async () => {
    await current?.close();
    current = undefined;
  });
  return () => {
    if (current === undefined) throw new Error('no store is open');
    return current;
  };
}
