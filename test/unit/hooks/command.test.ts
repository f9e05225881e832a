import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { expect, it } from 'vitest';

/** Runs a command with no descriptor left, with one, and with enough. */
const PROGRAM = `
import { closeSync, openSync } from 'node:fs';
import { runCommand } from './src/hooks/command.ts';
const taken = [];
try {
  for (;;) taken.push(openSync('/dev/null', 'r'));
} catch {}
const run = () =>
  runCommand({ argv: ['/bin/cat'], env: {}, payload: 'x', timeoutMs: 10_000 }).then(() => 'done', String);
const said = [await run()];
closeSync(taken.pop());
said.push(await run());
for (const fd of taken) closeSync(fd);
console.log([...said, await run()].join('\\n'));
`;

it('a command that finds no free descriptors fails with one line, and the process goes on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'command-'));
  try {
    const outfile = join(folder, 'program.mjs');
    const stdin = { contents: PROGRAM, resolveDir: join(import.meta.dirname, '..', '..', '..') };
    buildSync({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
    const words = ['-c', 'ulimit -n 40; exec "$0" "$1"', process.execPath, outfile];
    const said = execFileSync('sh', words, { encoding: 'utf8' }).trim().split('\n');
    const refused = 'Error: it could not be started: EMFILE';
    expect(said).toStrictEqual([refused, refused, 'done']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
