import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteValue, renderManifest } from '../../../src/domain/agent-manifest.ts';
import { findOnPath } from '../../../src/engine/discover.ts';
import { must } from '../../contract/support.ts';
import { SHELLS } from './world.ts';

const texts = fc.oneof(
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      '$',
      '`',
      '\\',
      '\n',
      ' ',
      '\t',
      '!',
      '(',
      ')',
      '{',
      '}',
      '*',
      '~',
      '#',
      '\r',
      'a',
      'é',
      '\u0001',
      '\u2028',
    ),
  }),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc.nat(100_000).map((length) => "'\\".repeat(length / 2)),
);

/** Values through our quoting and each shell, compared as bytes (agent-protocol 9 "quoting"). */
describe('quoting', () => {
  it.each(SHELLS)('%s gets every value as it was', (shell) => {
    const path = must(findOnPath(shell, process.env['PATH']));
    const args = shell === 'busybox' ? ['sh'] : shell === 'bash' ? ['--posix'] : [];
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 8 }), (all) => {
        const scripts = all.map(
          (text, n) =>
            ({ id: `s${String(n)}`, name: '', when: 'start', timeoutSeconds: 0, text, logPath: text.slice(0, 50) }) as const,
        );
        const env = { VALUE: all.join('').replaceAll('$', '').slice(0, 50_000) };
        const manifest = renderManifest({ name: '', address: '', dir: all[0]!, env, scripts, meta: [], secrets: [] }, 1, {});
        const program = `m_script() { printf '%s\\0%s\\0' "$4" "\${5-}"; }\nm_large() { printf 'large\\0\\0'; }\nm_warn() { printf '%s\\0' "$1"; }\n${manifest}\nm_env\nprintf '%s\\0%s' "$m_dir" "$VALUE"`;
        const done = spawnSync(path, args, { input: Buffer.from(program), encoding: 'buffer', env: {}, maxBuffer: 1 << 24 });
        const long = (text: string) => Buffer.byteLength(text.replaceAll("'", "'\\''")) + 2 > 64 * 1024;
        const expected = [
          ...all.flatMap((text) => (long(text) ? ['large', ''] : [text, text.slice(0, 50)])),
          all[0]!,
          env.VALUE,
        ].join('\0');
        expect(done.stdout.equals(Buffer.from(expected))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it.each(SHELLS)('%s puts what the image has in the place of names, and nothing else', (shell) => {
    const path = must(findOnPath(shell, process.env['PATH']));
    const program = `printf '%s\\n' ${['/x:$PATH', '${A_B}$MISSING-', '$5 $$ $(echo no) `echo no` ${A_B:-x}'].map(quoteValue).join(' ')}`;
    const done = spawnSync(path, shell === 'busybox' ? ['sh'] : [], {
      input: program,
      encoding: 'utf8',
      env: { PATH: '/p', A_B: 'q"\'' },
    });
    expect(done.stdout).toBe('/x:/p\nq"\'-\n$5 $$ $(echo no) `echo no` ${A_B:-x}\n');
  });
});
