import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { outputIsCut } from '../../../src/engine/run-folder.ts';

const ERROR = '{"@level":"error","type":"diagnostic","diagnostic":{"summary":"no such luck"}}\n';
const FULL = '{"@level":"error","diagnostic":{"summary":"Failed to save state","detail":"write: no space left on device"}}\n';
const ELSEWHERE = '{"@level":"error","diagnostic":{"summary":"no space left on device","address":"docker_image.x"}}\n';

describe('outputIsCut', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'prebuilds-run-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each<[string, Readonly<Record<string, string>>, boolean]>([
    ['a run that ended well', { stdout: '{"type":"version"}\n', exit: '0\n' }, false],
    ['a failure that was said', { stdout: ERROR, exit: '1\n' }, false],
    ['a failure without a word', { stdout: '{"type":"version"}\n', exit: '1\n' }, true],
    ['a failure that was said in plain text', { stdout: '', stderr: 'Error: unknown flag', exit: '1\n' }, false],
    ['a last line that is cut', { stdout: `${ERROR}{"@level":"er`, exit: '1\n' }, true],
    ['an engine that a signal ended in the middle of a line', { stdout: '{"type":"ver', exit: '137\n' }, false],
    ['an engine whose wrapper was killed', { stdout: '{"type":"version"}\n' }, false],
    ['an end that could not be written', { stdout: '{"type":"version"}\n', 'exit.tmp': '' }, true],
    ['a state that could not be written', { stdout: FULL, exit: '1\n' }, true],
    ['another disk that is full', { stdout: ELSEWHERE, exit: '1\n' }, false],
    ['no output at all', { exit: '1\n' }, true],
    ['a run that was never started', { 'intent.json': '{}' }, false],
  ])('%s', (_, files, expected) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    expect(outputIsCut(folder)).toBe(expected);
  });
});
