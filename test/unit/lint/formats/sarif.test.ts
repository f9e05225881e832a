import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import schema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sarif } from '../../../../src/lint/formats/sarif.ts';
import { RULES } from '../../../../src/lint/rule-index.ts';
import type { Finding } from '../../../../src/lint/model.ts';
import { bare, finding, options, output, rangeOf, report, SOURCE } from './reports.ts';

interface Log {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string; readonly helpUri: string }[] } };
      readonly results: readonly Readonly<Record<string, unknown>>[];
    },
  ];
}

const ajv = new Ajv.default({ strict: false, unicodeRegExp: false });
addFormats.default(ajv);
const valid = ajv.compile(schema);

function logOf(findings: readonly Finding[], given = options()): Log {
  const log = JSON.parse(sarif(output([report(findings)]), given)) as Log;
  expect(valid(log), JSON.stringify(valid.errors)).toBe(true);
  return log;
}

const resultOf = (one: Finding, given = options()) => logOf([one], given).runs[0].results[0]!;

describe('sarif', () => {
  it('is valid without and with findings, and the schema would say otherwise', () => {
    logOf([]);
    logOf([finding(), bare({ suppressed: { reason: 'why' } }), bare({ rule: 'syntax', address: '', attribute: '' })]);
    const broken = JSON.parse(sarif(output([report([finding()])]), options()).replace('"startLine": 3', '"startLine": 0')) as Log;
    expect(valid(broken)).toBe(false);
  });

  it('lists every rule with its page', () => {
    const { rules } = logOf([], options({ page: (rule) => `# ${rule}` })).runs[0].tool.driver;
    expect(rules.map(({ id }) => id)).toEqual(RULES.map(({ id }) => id));
    expect(rules[0]).toMatchObject({
      helpUri: 'urn:prebuilds:rule:claim/replace',
      help: { markdown: '# claim/replace' },
      defaultConfiguration: { level: 'error' },
    });
    const published = logOf([], options({ docsUrl: 'https://docs.example.com/r' })).runs[0].tool.driver.rules;
    expect(published[0]?.helpUri).toBe('https://docs.example.com/r/claim/replace.md');
  });

  it('says place, resource, way, cause and confidence of a finding', () => {
    const artifactLocation = { uri: 'docker/main.tf', uriBaseId: '%SRCROOT%' };
    const at = (startColumn: number, endColumn: number) => ({
      artifactLocation,
      region: { startLine: 3, startColumn, endLine: 3, endColumn },
    });
    expect(resultOf(finding({ confidence: 'likely' }))).toMatchObject({
      ruleId: 'claim/replace',
      ruleIndex: 0,
      level: 'error',
      message: { text: 'it is rebuilt' },
      locations: [
        {
          physicalLocation: at(10, 57),
          logicalLocations: [{ fullyQualifiedName: 'docker_container.w', kind: 'resource' }],
        },
      ],
      relatedLocations: [
        { id: 1, physicalLocation: at(11, 18), message: { text: '`env` follows the owner' } },
        { id: 2, physicalLocation: at(20, 54), message: { text: 'cause: data.coder_workspace_owner.me.name' } },
      ],
      codeFlows: [
        {
          threadFlows: [
            {
              locations: [
                { location: { physicalLocation: at(20, 54) } },
                { location: { physicalLocation: at(11, 18) } },
                { location: { physicalLocation: at(10, 57) } },
              ],
            },
          ],
        },
      ],
      fixes: [
        {
          description: { text: 'add `env` to ignore_changes' },
          artifactChanges: [
            {
              artifactLocation,
              replacements: [
                {
                  deletedRegion: { startLine: 5, startColumn: 28, endLine: 5, endColumn: 28 },
                  insertedContent: { text: ', env' },
                },
              ],
            },
          ],
        },
      ],
      suppressions: [],
      properties: { confidence: 'likely', attribute: 'env' },
    });
  });

  it('carries suppressions, those of the baseline as external', () => {
    expect(resultOf(bare({ suppressed: { reason: 'as wanted' } }))).toMatchObject({
      suppressions: [{ kind: 'inSource', justification: 'as wanted' }],
    });
    expect(resultOf(bare({ suppressed: { reason: 'baseline' } }))).toMatchObject({ suppressions: [{ kind: 'external' }] });
  });

  it('has fingerprints that stay when lines move, and differ between findings', () => {
    const prints = (findings: readonly Finding[]) => logOf(findings).runs[0].results.map((one) => one['partialFingerprints']);
    const moved = { ...rangeOf('image = "x"'), line: 40, endLine: 40 };
    expect(prints([bare({ range: moved })])).toEqual(prints([bare()]));
    const several = prints([bare(), bare(), bare({ attribute: 'name' }), bare({ rule: 'drift/replace' })]);
    expect(new Set(several.map((one) => JSON.stringify(one))).size).toBe(4);
  });

  it.each([
    ['a b/main#1.tf', { uri: 'a%20b/main%231.tf', uriBaseId: '%SRCROOT%' }],
    ['/tmp/x/main.tf', { uri: 'file:///tmp/x/main.tf' }],
  ])('writes %j as an address', (path, artifactLocation) => {
    expect(resultOf(bare(), options({ place: () => path }))).toMatchObject({
      locations: [{ physicalLocation: { artifactLocation } }],
    });
  });

  it('falls back to offsets for a file whose text is not there', () => {
    const fix = { description: 'd', edits: [{ file: 'other.tf', start: 4, end: 9, text: 'x' }] };
    expect(JSON.stringify(resultOf(bare({ fix })))).toContain('"deletedRegion":{"charOffset":4,"charLength":5}');
  });

  it('is valid whatever a template says', () => {
    const any = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(any, any, any, fc.nat(SOURCE.length), (message, address, file, start) => {
        logOf([
          finding({
            message,
            address,
            range: { ...rangeOf('image', 'main.tf'), file: `f${file}` },
            fix: { description: message, edits: [{ file: 'main.tf', start, end: start, text: address }] },
          }),
        ]);
      }),
      { numRuns: 30 },
    );
  });
});
