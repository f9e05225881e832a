import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgentLogs, MOST_LOG_BYTES } from '../../../src/server/agent-logs.ts';

const agent = { workspaceId: 'w', name: 'ma/in' };

describe('agent logs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'agent-logs-'));
    mkdirSync(join(folder, 'w'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const logs = () => createAgentLogs((id) => join(folder, id));
  const path = (generation = 1) => join(folder, 'w', 'agent', 'ma%2Fin', String(generation), 's.log');
  const append = (offset: number, text: string, secrets: readonly string[] = []) =>
    logs().append(agent, { generation: 1, script: 's', offset }, Buffer.from(text), secrets);

  it('adds what begins at its end, and answers its length whatever comes', async () => {
    expect(await append(0, 'abc')).toBe(3);
    expect(await append(0, 'abc')).toBe(3);
    expect(await append(9, 'xyz')).toBe(3);
    expect(await append(3, '')).toBe(3);
    expect(await append(3, 'def')).toBe(6);
    expect(readFileSync(path(), 'utf8')).toBe('abcdef');
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('is full at a megabyte', async () => {
    expect(await append(0, 'x'.repeat(MOST_LOG_BYTES - 2))).toBe(MOST_LOG_BYTES - 2);
    expect(await append(MOST_LOG_BYTES - 2, 'yyyy')).toBe('full');
    expect(await append(MOST_LOG_BYTES, 'z')).toBe('full');
    expect(statSync(path()).size).toBe(MOST_LOG_BYTES);
  });

  it('begins anew with a new process and keeps what the one before said', async () => {
    await append(0, 'old');
    await logs().begin(agent, 1);
    expect(await append(0, 'new')).toBe(3);
    expect(readFileSync(path(), 'utf8')).toBe('new');
    expect(readFileSync(path().replace('/1/', '/1.before/'), 'utf8')).toBe('old');
  });

  it('are those of the newest generations, whatever numbers come', async () => {
    const say = (generation: number) => logs().append(agent, { generation, script: 's', offset: 0 }, Buffer.from('x'), []);
    for (let generation = 1; generation <= 12; generation += 1) expect(await say(generation)).toBe(1);
    await logs().begin(agent, 12);
    expect(await say(1_000_000)).toBe(1);
    expect(await say(2)).toBe('full');
    const kept = [4, 5, 6, 7, 8, 9, 10, 11, '12.before', 1_000_000].map(String);
    expect(readdirSync(dirname(dirname(path()))).sort()).toEqual(kept.sort());
    expect(await say(12)).toBe(1);
  });

  it('makes no folder for a workspace that is gone', async () => {
    rmSync(join(folder, 'w'), { recursive: true });
    await expect(append(0, 'x')).rejects.toThrow();
    expect(existsSync(join(folder, 'w'))).toBe(false);
  });

  it('hides secrets however the text is cut, and changes nothing else', async () => {
    const secrets = ['s3cret-token', 'tokenX'];
    const piece = fc.oneof(fc.constantFrom(...secrets, 's3cret', '-token', 'X'), fc.string({ maxLength: 5 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (pieces, cuts) => {
          rmSync(join(folder, 'w'), { recursive: true });
          mkdirSync(join(folder, 'w'));
          const whole = Buffer.from(pieces.join(''));
          for (let at = 0, n = 0; at < whole.length; n += 1) {
            const next = Math.min(whole.length, at + cuts[n % cuts.length]!);
            await logs().append(agent, { generation: 1, script: 's', offset: at }, whole.subarray(at, next), secrets);
            at = next;
          }
          if (whole.length === 0) return;
          const kept = readFileSync(path());
          expect(kept).toHaveLength(whole.length);
          for (const secret of secrets) expect(kept.includes(secret)).toBe(false);
          kept.forEach((byte, at) => {
            if (byte !== whole[at]) expect(byte).toBe(42);
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});
