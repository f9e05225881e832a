import { describe, expect, it } from 'vitest';
import {
  quoteValue,
  renderManifest,
  renderScript,
  waitingManifest,
  type AgentFacts,
} from '../../../src/domain/agent-manifest.ts';

const facts = (more: Partial<AgentFacts> = {}): AgentFacts => ({
  name: 'main',
  address: 'coder_agent.main',
  dir: '/home/coder',
  env: {},
  scripts: [],
  meta: [],
  secrets: [],
  ...more,
});
const script = (id: string, text: string, more: object = {}) =>
  ({ id, name: id, when: 'start', timeoutSeconds: 0, text, logPath: '', ...more }) as const;

describe('renderManifest', () => {
  it('is the fragment of the protocol', () => {
    const given = facts({
      env: { GIT_AUTHOR_NAME: "Anne O'Neil" },
      scripts: [
        script('startup', 'echo hi\n', { timeoutSeconds: 1.5, logPath: '/tmp/x' }),
        script('bye', 'true', { when: 'both' }),
      ],
      meta: [{ id: 'm0', key: 'cpu', displayName: 'CPU', everySeconds: 10, timeoutSeconds: 1, text: 'coder stat cpu' }],
    });
    expect(renderManifest(given, 2, { CODER_WORKSPACE_NAME: 'dev' })).toBe(`m_gen=2
m_dir='/home/coder'
m_env() {
:
export CODER_WORKSPACE_NAME='dev'
export GIT_AUTHOR_NAME='Anne O'\\''Neil'
}
m_meta m0 10 1 'coder stat cpu'
m_script startup start 2 'echo hi
' '/tmp/x'
m_script bye both 0 'true'
m_end=1
`);
    expect(waitingManifest(2)).toBe('m_wait=2\nm_end=1\n');
  });

  it.each(['a.b', '1x', '', 'x y', "x'", 'UID', 'OPTIND', 'IFS', 'pb_run', 'm_env'])(
    'leaves out the variable %j and says so',
    (name) => {
      const text = renderManifest(facts({ env: { [name]: 'x', GOOD: 'y' } }), 1, {});
      expect(text.match(/^export .*$/gm)).toEqual(["export GOOD='y'"]);
      expect(text).toMatch(/^m_warn 'the variable /m);
    },
  );

  it('leaves out values that no shell can carry, and NUL bytes of texts', () => {
    const env = { NUL: 'a\0b', LONG: 'x'.repeat(120 * 1024), FITS: 'x'.repeat(100 * 1024) };
    const text = renderManifest(facts({ env, dir: '/a\0b', scripts: [script('s', 'a\0b')] }), 1, {});
    expect(text.match(/^export \w+/gm)).toEqual(['export FITS']);
    expect(text).not.toContain('\0');
  });

  it('stays within a megabyte: long scripts are fetched alone, and variables stop where the room ends', () => {
    const scripts = Array.from({ length: 30 }, (_, n) => script(`s${String(n)}`, 'x'.repeat(60 * 1024)));
    const env = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`V${String(n)}`, 'x'.repeat(100 * 1024)]));
    const text = renderManifest(
      facts({ scripts: [...scripts, script('huge', 'x'.repeat(70 * 1024), { logPath: 'l' })], env }),
      1,
      {},
    );
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
    expect(text.match(/^m_(script|large) /gm)).toHaveLength(31);
    expect(text).toContain("m_large huge start 0 'l'");
    expect(text.match(/^m_large /gm)!.length).toBeGreaterThan(15);
    expect(text).toContain('there is no room for it');
    expect(renderScript(scripts[0]!)).toBe(`${'x'.repeat(60 * 1024)}\n# m_end\n`);
  });
});

describe('quoteValue', () => {
  it.each([
    ['', "''"],
    ['plain', "'plain'"],
    ["it's", "'it'\\''s'"],
    ['/x:$PATH', `'/x:'"\${PATH-}"`],
    ['${HOME}/bin:$PATH', `"\${HOME-}"'/bin:'"\${PATH-}"`],
    ['cost $5 and $', "'cost $5 and $'"],
    ['${x:-`id`}', "'${x:-`id`}'"],
    ['$(id)', "'$(id)'"],
  ])('%j', (value, word) => {
    expect(quoteValue(value)).toBe(word);
  });
});
