import { describe, expect, it } from 'vitest';
import { repair } from '../../../src/app/lint/fix.ts';
import type { Overlay } from '../../../src/app/lint/overlay.ts';
import type { Finding, TemplateReport } from '../../../src/lint/model.ts';
import { bare, rangeOf, report } from '../lint/formats/reports.ts';

const TEXT = 'abcd';
const PATH = '/t/main.tf';

/** A finding about a letter of the text, whose fix is to write it large. */
const about = (letter: string): Finding => {
  const start = TEXT.indexOf(letter);
  return bare({
    address: letter,
    range: { ...rangeOf('image'), start, column: start + 1 },
    fix: { description: 'd', edits: [{ file: 'main.tf', start, end: start + 1, text: letter.toUpperCase() }] },
  });
};

const small = (text: string): Finding[] =>
  Array.from(text)
    .filter((one) => /[a-z]/.test(one))
    .map(about);

/** Lints the text of an overlay by `rule`, and repairs `abcd`. */
async function run(
  rule: (text: string) => readonly Finding[],
): Promise<{ text: string | undefined; open: number; checks: number }> {
  let checks = 0;
  const reportOf = (text: string): TemplateReport => report(rule(text), { sources: new Map([['main.tf', text]]) });
  const check = async (overlay: Overlay): Promise<TemplateReport> => {
    checks += 1;
    return reportOf(overlay.get(PATH) ?? TEXT);
  };
  const { overlay, report: after } = await repair({ dir: '/t', report: reportOf(TEXT), check }, new Map());
  return { text: overlay.get(PATH), open: after.findings.length, checks };
}

describe('repairing', () => {
  it('applies what can be applied together, in as few rounds as it takes', async () => {
    // Neighbouring edits touch, so that it takes two rounds.
    expect(await run(small)).toEqual({ text: 'ABCD', open: 0, checks: 2 });
  });

  it('takes resources one by one when together they make it worse', async () => {
    const others = (n: number) => Array.from({ length: n }, (_, at) => bare({ address: `other${at}` }));
    const { text, open } = await run((text) => [...small(text), ...others(text.includes('B') ? 9 : 0)]);
    expect({ text, open }).toEqual({ text: 'AbCD', open: 1 });
  });

  it('changes nothing when nothing gets better', async () => {
    const { text, open } = await run((text) => [
      ...small(text),
      ...Array.from(text)
        .filter((one) => /[A-Z]/.test(one))
        .map((one) => bare({ address: one })),
    ]);
    expect({ text, open }).toEqual({ text: undefined, open: 4 });
  });

  it('changes nothing when the result cannot be read', async () => {
    const { text } = await run((text) => (/[A-Z]/.test(text) ? [bare({ rule: 'syntax' })] : small(text)));
    expect(text).toBeUndefined();
  });

  it('comes to an end when a fix does not mend its finding', async () => {
    const { text, checks } = await run((text) => small(text.toLowerCase()));
    expect(text).toBeUndefined();
    expect(checks).toBeLessThan(20);
  });

  it('leaves files outside of the template alone', async () => {
    const outside = bare({ fix: { description: 'd', edits: [{ file: '../m/main.tf', start: 0, end: 1, text: 'X' }] } });
    const check = async (overlay: Overlay): Promise<TemplateReport> => report(overlay.size === 0 ? [outside] : []);
    const given = report([outside], { sources: new Map([['../m/main.tf', TEXT]]) });
    expect((await repair({ dir: '/t', report: given, check }, new Map())).overlay.size).toBe(0);
  });
});
