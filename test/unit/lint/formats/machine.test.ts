import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compact } from '../../../../src/lint/formats/compact.ts';
import { github } from '../../../../src/lint/formats/github.ts';
import { FORMATS } from '../../../../src/lint/formats/index.ts';
import { json } from '../../../../src/lint/formats/json.ts';
import { junit } from '../../../../src/lint/formats/junit.ts';
import type { Finding } from '../../../../src/lint/model.ts';
import { RULES } from '../../../../src/lint/rule-index.ts';
import { bare, finding, options, output, rangeOf, report, SOURCE } from './reports.ts';

const suppressed = { suppressed: { reason: 'as wanted' } } as const;

describe('compact', () => {
  it('is one line per open finding, in the order of the file', () => {
    const findings = [
      finding({ message: 'second\nline' }),
      bare({ severity: 'notice', rule: 'ignore/all', range: rangeOf('image = "x"'), message: 'first' }),
      bare(suppressed),
    ];
    expect(compact(output([report(findings)]), options())).toBe(
      'docker/main.tf:2:3: notice: first (ignore/all)\ndocker/main.tf:3:10: error: second line (claim/replace)\n',
    );
  });
});

describe('json', () => {
  it('is the document of the contract', () => {
    const at = { file: 'main.tf', line: 3 };
    const reports = [
      report([finding(), bare({ ...suppressed, severity: 'warning' })], {
        replaced: [
          { address: 'docker_container.w', type: 'docker_container', attribute: 'env', kind: 'direct', confidence: 'certain' },
        ],
        covered: [{ address: 'docker_container.w', attribute: 'image', by: 'image' }],
      }),
    ];
    const place = { ...at, column: 10, endLine: 3, endColumn: 57 };
    const base = {
      rule: 'claim/replace',
      confidence: 'certain',
      address: 'docker_container.w',
      attribute: 'env',
      message: 'it is rebuilt',
      ...place,
    };
    const edit = SOURCE.indexOf('image]') + 5;
    expect(JSON.parse(json(output(reports), options()))).toEqual({
      schema: 1,
      templates: [
        {
          dir: 'docker',
          findings: [
            {
              ...base,
              severity: 'error',
              causes: [{ expression: 'data.coder_workspace_owner.me.name', ...at, column: 20 }],
              chain: [{ text: '`env` follows the owner', ...at, column: 11 }],
              ignored: ['image'],
              fix: {
                description: 'add `env` to ignore_changes',
                edits: [{ file: 'main.tf', start: edit, end: edit, text: ', env' }],
              },
              suppressed: null,
            },
            {
              ...base,
              severity: 'warning',
              causes: [],
              chain: [],
              ignored: [],
              fix: null,
              suppressed: { reason: 'as wanted' },
            },
          ],
          replaced: [
            { address: 'docker_container.w', type: 'docker_container', attribute: 'env', kind: 'direct', confidence: 'certain' },
          ],
          covered: [{ address: 'docker_container.w', attribute: 'image', by: 'image' }],
        },
      ],
      summary: {
        templates: 1,
        files: 1,
        findings: 1,
        suppressed: 1,
        severities: { error: 1, warning: 0, notice: 0 },
        rules: { 'claim/replace': 1 },
        staleBaseline: 0,
      },
      fixed: null,
    });
  });

  it('says what was repaired', () => {
    const fixed = { written: true, files: ['docker/main.tf'], findings: 2, refused: 1, diff: '' };
    expect(JSON.parse(json(output([], { fixed }), options()))).toMatchObject({ fixed });
  });
});

describe('github', () => {
  it('escapes properties and data', () => {
    const file = 'a,b:c%.tf';
    const message = '100% sure\r\nnext: line';
    const range = { ...rangeOf('image'), file };
    expect(github(output([report([bare({ range, message })])]), options())).toBe(
      '::error file=docker/a%2Cb%3Ac%25.tf,line=2,endLine=2,col=3,endColumn=8,title=claim/replace::100%25 sure%0D%0Anext: line\n',
    );
  });

  it('leaves columns out of ranges over lines, and says chain and fix', () => {
    const range = rangeOf('lifecycle {\n    ignore_changes = [image]\n  }');
    expect(github(output([report([finding({ range, severity: 'warning' })])]), options())).toBe(
      '::warning file=docker/main.tf,line=4,endLine=6,title=claim/replace::it is rebuilt%0Abecause `env` follows the owner (main.tf:3)%0Afix: add `env` to ignore_changes\n',
    );
  });

  it('has the gravest first and nothing that is suppressed', () => {
    const findings = [bare({ severity: 'notice' }), bare({ severity: 'error' }), bare({ severity: 'warning' }), bare(suppressed)];
    const lines = github(output([report(findings)]), options())
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => /^::(\w+)/.exec(line)?.[1])).toEqual(['error', 'warning', 'notice']);
  });

  it('no text of a template can begin a command or end a property', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, file) => {
        const text = github(output([report([bare({ message, range: { ...rangeOf('image'), file } })])]), options());
        expect(text.match(/\n/g)).toHaveLength(1);
        expect(text).not.toContain('\r');
        const [, properties = ''] = /^::error ([^:]*)::/.exec(text) ?? [];
        expect(properties.split(',').map((one) => one.split('=')[0])).toEqual([
          'file',
          'line',
          'endLine',
          'col',
          'endColumn',
          'title',
        ]);
      }),
    );
  });
});

describe('junit', () => {
  it('has a failed case per finding at the threshold, and a passed one for every other rule', () => {
    const findings = [
      finding(),
      bare({ rule: 'ignore/all', severity: 'notice' }),
      bare({ ...suppressed, rule: 'drift/replace' }),
    ];
    const xml = junit(output([report(findings)]), options());
    expect(xml).toContain(`<testsuites name="prebuilds lint" tests="${RULES.length + 1}" failures="1" errors="0" skipped="1">`);
    expect(xml).toContain(
      '<testcase classname="docker" name="claim/replace: docker_container.w env (main.tf:3:10)" file="docker/main.tf" line="3">\n' +
        '      <failure type="error" message="it is rebuilt">main.tf:3:10: it is rebuilt&#10;because `env` follows the owner (main.tf:3:11)&#10;fix: add `env` to ignore_changes</failure>',
    );
    expect(xml).toContain(
      '<testcase classname="docker" name="ignore/all">\n      <system-out>main.tf:3:10: notice: it is rebuilt<',
    );
    expect(xml).toContain('<skipped message="as wanted"/>');
    expect(xml).toContain('<testcase classname="docker" name="claim/foreach-key"/>');
    expect(xml).not.toContain('name="claim/replace"/>');
  });

  it('fails by the threshold of each template', () => {
    const reports = ['a', 'b'].map((dir) => report([bare({ severity: 'notice' })], { dir }));
    const xml = junit(output(reports), options({ failOn: (dir) => (dir === 'a' ? 'notice' : 'never') }));
    expect(xml.match(/<failure /g)).toHaveLength(1);
  });

  it('is well-formed whatever a template says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, dir) => {
        const xml = junit(output([report([bare({ message })], { dir })]), options());
        expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/u);
        const tags = xml.replace(/^<\?xml[^>]*\?>\n/, '').matchAll(/<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g);
        const open: string[] = [];
        let rest = xml.replace(/^<\?xml[^>]*\?>\n/, '');
        for (const [tag, close, name = '', , self] of tags) {
          rest = rest.replace(tag, () => '');
          if (close === '/') expect(open.pop()).toBe(name);
          else if (self !== '/') open.push(name);
        }
        expect(open).toEqual([]);
        expect(rest).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#\d+);)/);
      }),
    );
  });
});

describe('every format', () => {
  const many: readonly Finding[] = [
    finding(),
    bare({ range: rangeOf('image = "x"') }),
    bare({ rule: 'ignore/all', severity: 'notice' }),
    bare({ address: 'docker_container.a', ...suppressed }),
    bare({ attribute: 'name' }),
  ];

  it.each(Object.entries(FORMATS))('%s does not depend on the order of analysis', (_name, format) => {
    const expected = format(output([report(many, { dir: 'a' }), report(many, { dir: 'b' })]), options());
    fc.assert(
      fc.property(fc.shuffledSubarray([...many], { minLength: many.length }), fc.boolean(), (shuffled, swap) => {
        const reports = ['a', 'b'].map((dir) => report(shuffled, { dir }));
        expect(format(output(swap ? reports.reverse() : reports), options())).toBe(expected);
      }),
      { numRuns: 20 },
    );
  });
});
