import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versionPaths } from '../../../src/kit/paths.ts';
import { blotOut } from '../../../src/kit/blot.ts';
import { secretsOf } from '../../../src/workspace/secrets.ts';

describe('secrets of a version', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'prebuilds-secrets-'));
    const values = {
      key: 'hunter2',
      pair: ['hunter2-long', { pin: 12_345 }],
      open: 'in the clear',
      short: 'abc',
      pem: 'line one\nline two',
    };
    writeFileSync(versionPaths(folder).variables, JSON.stringify(values));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const read = (sensitive: readonly string[], at = folder) =>
    secretsOf(
      {
        versionVariables: () =>
          Promise.resolve(
            ['key', 'pair', 'open', 'short', 'pem', 'absent'].map((name) => ({
              name,
              value: '',
              sensitive: sensitive.includes(name),
            })),
          ),
      },
      { id: 'v', folder: at },
    );

  it('are the values of its sensitive variables, however deep, the longest first', async () => {
    expect(await read(['key', 'pair', 'absent'])).toEqual(['hunter2-long', 'hunter2', '12345']);
    expect(await read([])).toEqual([]);
  });

  it('are blotted out wherever a text has them, whole or by the line', async () => {
    const secrets = await read(['key', 'pair', 'pem', 'short']);
    const text = 'Error: hunter2-long and hunter2, pin 12345; line one; "line one\\nline two"; abc stays, in the clear too';
    expect(blotOut(text, secrets)).toBe('Error: *** and ***, pin ***; ***; "***"; abc stays, in the clear too');
  });

  it('are none where the file of values is gone', async () => {
    expect(await read(['key'], join(folder, 'none'))).toEqual([]);
  });
});
