import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyBaseline, baselineText, parseBaseline } from '../../../src/lint/baseline.ts';
import { distinctFingerprints, fingerprintOf } from '../../../src/lint/fingerprint.ts';
import type { Finding } from '../../../src/lint/model.ts';
import { bare, rangeOf, report } from './formats/reports.ts';

const named = (findings: readonly Finding[], name = 'docker') => ({ name, report: report(findings) });
const entries = (findings: readonly Finding[], name = 'docker') => parseBaseline(baselineText([named(findings, name)], []), 'f');
const apply = (findings: readonly Finding[], known: readonly Finding[], ran: (rule: string) => boolean = () => true) => {
  const { reports, stale } = applyBaseline([named(findings)], entries(known), ran);
  return { suppressed: reports[0]!.findings.map(({ suppressed }) => suppressed?.reason), stale };
};

const finding = fc
  .record({
    rule: fc.constantFrom('claim/replace', 'ignore/all', 'drift/replace'),
    address: fc.constantFrom('a.b', 'c.d', ''),
    attribute: fc.constantFrom('x', 'y'),
    message: fc.constantFrom('m', 'n'),
    line: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ line, ...rest }) =>
    bare({ ...rest, rule: rest.rule as Finding['rule'], range: { ...rangeOf('image'), line, endLine: line } }),
  );

describe('fingerprints', () => {
  it('do not depend on lines, severity or words', () => {
    const other = {
      range: { ...rangeOf('image'), line: 7 },
      severity: 'notice',
      message: 'other words',
      confidence: 'possible',
    } as const;
    expect(fingerprintOf(bare(other))).toBe(fingerprintOf(bare()));
  });

  it.each<readonly [string, Partial<Finding>]>([
    ['rule', { rule: 'drift/replace' }],
    ['address', { address: 'x.y' }],
    ['attribute', { attribute: 'name' }],
    ['file', { range: { ...rangeOf('image'), file: 'other.tf' } }],
  ])('depend on the %s', (_name, given) => {
    expect(fingerprintOf(bare(given))).not.toBe(fingerprintOf(bare()));
  });

  it('depend on the message where there is no address', () => {
    expect(fingerprintOf(bare({ address: '', message: 'a' }))).not.toBe(fingerprintOf(bare({ address: '', message: 'b' })));
  });

  it('are made distinct by counting', () => {
    fc.assert(
      fc.property(fc.array(finding), (findings) => {
        expect(new Set(distinctFingerprints(findings)).size).toBe(findings.length);
      }),
    );
  });
});

describe('a baseline', () => {
  it('knows all that was there when it was written', () => {
    fc.assert(
      fc.property(fc.array(finding), (findings) => {
        const { suppressed, stale } = apply(findings, findings);
        expect(suppressed).toEqual(findings.map(() => 'baseline'));
        expect(stale).toBe(0);
      }),
    );
  });

  it('lets nothing new pass, and counts what is gone', () => {
    fc.assert(
      fc.property(fc.array(finding), fc.array(finding), (before, after) => {
        const { suppressed, stale } = apply(after, before);
        const known = suppressed.filter((one) => one === 'baseline').length;
        expect(known + stale).toBe(before.length);
        const prints = new Set(before.map(fingerprintOf));
        for (const [at, one] of after.entries()) if (!prints.has(fingerprintOf(one))) expect(suppressed[at]).toBeUndefined();
      }),
    );
  });

  it('of two equal findings knows as many as it counted', () => {
    expect(apply([bare(), bare()], [bare()])).toEqual({ suppressed: ['baseline', undefined], stale: 0 });
  });

  it('is a sorted text that does not depend on order', () => {
    fc.assert(
      fc.property(fc.array(finding), (findings) => {
        expect(baselineText([named([...findings].reverse())], [])).toBe(baselineText([named(findings)], []));
      }),
    );
  });

  it('leaves out what is suppressed already and what cannot be read', () => {
    expect(entries([bare({ suppressed: { reason: 'why' } }), bare({ rule: 'syntax' })])).toEqual([]);
    const { suppressed } = apply([bare({ rule: 'syntax' }), bare({ suppressed: { reason: 'why' } })], [bare()]);
    expect(suppressed).toEqual([undefined, 'why']);
  });

  it('keeps the entries of templates that were not looked at, and does not call them stale', () => {
    const before = [...entries([bare()], 'docker'), ...entries([bare()], 'other')];
    expect(parseBaseline(baselineText([named([])], before), 'f').map(({ template }) => template)).toEqual(['other']);
    expect(applyBaseline([named([])], before, () => true).stale).toBe(1);
  });

  it('does not call entries of rules stale that were not looked for', () => {
    expect(apply([], [bare()], (rule) => rule !== 'claim/replace').stale).toBe(0);
  });

  it.each([
    ['{', 'is not valid JSON'],
    ['[]', 'has no findings of schema 1'],
    ['{"schema":2,"findings":[]}', 'has no findings of schema 1'],
    ['{"schema":1,"findings":[{}]}', 'has an entry that cannot be read: number 1'],
    ['{"schema":1,"findings":[null]}', 'has an entry that cannot be read: number 1'],
  ])('%j is none', (text, message) => {
    expect(() => parseBaseline(text, 'b.json')).toThrow(`baseline b.json ${message}`);
  });

  it.each([0, -1, 1.5, '2'])('a count of %j is none', (count) => {
    const [entry] = entries([bare()]);
    expect(() => parseBaseline(JSON.stringify({ schema: 1, findings: [{ ...entry, count }] }), 'b')).toThrow('number 1');
  });
});
