import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/kit/clock.ts';
import { createAgentValues, readAgentValues, type KeptValue } from '../../../src/server/agent-values.ts';

const agent = { workspaceId: 'w', name: 'main' };
const value = (key: string, text: string, at = 1): KeptValue => ({ key, value: text, exit: 0, at });

describe('values of metadata', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'prebuilds-values-'));
    mkdirSync(join(root, 'w'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const open = () => createAgentValues((id) => join(root, id), systemClock);
  const read = () => readAgentValues(join(root, 'w'), 'main');

  it('are there for other processes, the last of each key, also after a new start', async () => {
    const first = open();
    first.set(agent, [value('cpu', '1%'), value('mem', '2 GiB')]);
    first.set(agent, [value('cpu', '3%', 2)]);
    await first.flush();
    expect(read()).toEqual([value('cpu', '3%', 2), value('mem', '2 GiB')]);
    const second = open();
    second.set(agent, [{ key: 'mem', value: '', exit: 'timeout', at: 3 }]);
    await second.flush();
    expect(read()).toEqual([value('cpu', '3%', 2), { key: 'mem', value: '', exit: 'timeout', at: 3 }]);
    await second.flush();
  });

  it('are private, and no reader sees half of them', async () => {
    const values = open();
    values.set(agent, [value('cpu', 'x')]);
    await values.flush();
    const file = join(root, 'w', 'agent', 'main', 'metadata.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 9));
    expect(read()).toEqual([]);
    writeFileSync(file, JSON.stringify([{ key: 'a' }, value('b', 'c')]));
    expect(read()).toEqual([value('b', 'c')]);
  });

  it('of a workspace that is gone are dropped', async () => {
    rmSync(join(root, 'w'), { recursive: true });
    const values = open();
    values.set(agent, [value('cpu', 'x')]);
    await values.flush();
    expect(read()).toEqual([]);
  });
});
