import { describe, expect, it } from 'vitest';
import { clean, counted, poolName } from '../../../src/web/text.ts';

describe('clean', () => {
  it.each([
    ['plain words stay', 'plain words stay'],
    ['tabs\tstay', 'tabs\tstay'],
    ['\u001b[31mred\u001b[0m \u001b[1;4mbold\u001b[m', 'red bold'],
    ['\u001b]0;title\u0007after', 'after'],
    ['\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u009b2Jgone', 'gone'],
    ['one\r\ntwo\u0000three', 'one  two three'],
    ['file\u202etxt.exe', 'file txt.exe'],
    ['\u001b', ''],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  ])('%j reads as %j', (text, shown) => {
    expect(clean(text)).toBe(shown);
  });
});

it('counts and names', () => {
  expect([counted(1, 'pool'), counted(0, 'pool')]).toEqual(['1 pool', '0 pools']);
  expect(poolName({ template: 'docker', preset: 'Go\u001b[1mLand' })).toBe('docker/GoLand');
});
