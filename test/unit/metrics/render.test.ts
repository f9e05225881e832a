import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS } from '../../../src/domain/measurements.ts';
import { DEFINITIONS, renderMetrics } from '../../../src/metrics/render.ts';
import { parseExposition } from '../../support/prometheus.ts';
import { allFacts, aPoolFacts, AT, someFacts, textOf } from './facts.ts';

const POOL = { template_name: 'docker', preset_name: 'large', organization_name: 'default' };
const prebuilt = (name: string): string => `coderd_prebuilt_workspaces_${name}`;

describe('the text', () => {
  it('prints help and type once, labels in order, integers as they are', () => {
    const lines = textOf(someFacts()).split('\n');
    const at = lines.indexOf(`# TYPE ${prebuilt('desired')} gauge`);
    expect(lines.slice(at - 1, at + 2)).toEqual([
      `# HELP ${prebuilt('desired')} Prebuilds that the active version asks for now.`,
      `# TYPE ${prebuilt('desired')} gauge`,
      `${prebuilt('desired')}{template_name="docker",preset_name="large",organization_name="default"} 3`,
    ]);
    expect(lines).toContain('prebuilds_info{version="1.2.3"} 1');
    expect(lines).toContain(`${prebuilt('reconciliation_paused')} 0`);
    expect(lines).toContain(`${prebuilt('metrics_last_updated')} ${String(AT / 1000)}`);
  });

  it('escapes what names may contain', () => {
    const text = textOf(someFacts({ pools: [aPoolFacts({ preset: 'a "b"\\\nc' })] }));
    expect(text).toContain(String.raw`preset_name="a \"b\"\\\nc"`);
  });

  it('gives every name and value back, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.nat(), (template, preset, eligible) => {
        const summary = { ...aPoolFacts().all, eligible };
        const facts = someFacts({ pools: [aPoolFacts({ template, preset, active: summary })] });
        const lines = textOf(facts)
          .split('\n')
          .filter((line) => line.startsWith(`${prebuilt('eligible')}{`));
        expect(parseExposition(`${lines.join('\n')}\n`).series[0]).toEqual({
          name: prebuilt('eligible'),
          labels: { template_name: template, preset_name: preset, organization_name: 'default' },
          value: eligible,
        });
      }),
    );
  });

  it('has a value for every metric when there is one, and each under its own name', () => {
    const families = renderMetrics(allFacts()).families;
    expect(families.map(({ name }) => name)).toEqual(DEFINITIONS.map(({ name }) => name));
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
    for (const definition of DEFINITIONS) {
      const [sample] = families.find(({ name }) => name === definition.name)?.samples ?? [];
      const labels = Object.keys(sample?.labels ?? {}).filter((label) => label !== 'le');
      expect({ name: definition.name, labels }).toEqual({ name: definition.name, labels: definition.labels });
      for (const label of definition.labels) expect(sample?.labels[label], `${definition.name} ${label}`).not.toBe('');
    }
  });
});

describe('counters', () => {
  it('begin at 0 for every pool and each of their known labels', () => {
    const read = parseExposition(textOf(someFacts()));
    expect(read.value(prebuilt('created_total'), POOL)).toBe(0);
    expect(read.value('prebuilds_claims_total', { ...POOL, served_as: 'cold' })).toBe(0);
    expect(read.series.filter(({ name }) => name === 'prebuilds_misses_total').map(({ labels }) => labels['reason'])).toEqual([
      'empty',
      'no_preset',
      'no_prebuilds',
      'parameters',
      'not_applied',
      'refused',
    ]);
  });

  it('keep what pools counted that are gone, and what has no preset', () => {
    const counters = [
      { name: 'created_total', labels: { template_name: 'docker', preset_name: 'large' }, value: 7 },
      { name: 'created_total', labels: { template_name: 'gone', preset_name: 'old' }, value: 4 },
      { name: 'misses_total', labels: { template_name: 'docker', preset_name: '', reason: 'no_preset' }, value: 2 },
      { name: 'unknown_to_this_version', labels: {}, value: 9 },
    ];
    const read = parseExposition(textOf(someFacts({ counters })));
    expect(read.value(prebuilt('created_total'), POOL)).toBe(7);
    expect(read.value(prebuilt('created_total'), { template_name: 'gone' })).toBe(4);
    expect(read.value('prebuilds_misses_total', { preset_name: '', reason: 'no_preset' })).toBe(2);
    expect(read.sum('prebuilds_misses_total')).toBe(2);
  });
});

describe('gauges', () => {
  it('are absent, as in Coder, where a state that should not be is not', () => {
    const good = parseExposition(textOf(someFacts()));
    expect(good.value(prebuilt('preset_hard_limited'))).toBeUndefined();
    expect(good.value(prebuilt('preset_validation_failed'))).toBeUndefined();
    const bad = parseExposition(textOf(someFacts({ pools: [aPoolFacts({ breaker: 'open', invalid: true })], paused: true })));
    expect(bad.value(prebuilt('preset_hard_limited'), POOL)).toBe(1);
    expect(bad.value(prebuilt('preset_validation_failed'), POOL)).toBe(1);
    expect(bad.value(prebuilt('reconciliation_paused'))).toBe(1);
  });

  it('of Coder leave out a pool whose preset is not in the active version; ours show what is left of it', () => {
    const left = aPoolFacts({ active: undefined, all: { ...aPoolFacts().all, deleting: 2 } });
    const read = parseExposition(textOf(someFacts({ pools: [left] })));
    expect(read.value(prebuilt('desired'))).toBeUndefined();
    expect(read.value('prebuilds_pool_deleting', POOL)).toBe(2);
  });

  it.each(['closed', 'backing_off', 'holding', 'half_open', 'open'] as const)(
    'show the breaker as %s and nothing else',
    (breaker) => {
      const read = parseExposition(textOf(someFacts({ pools: [aPoolFacts({ breaker })] })));
      expect(read.value('prebuilds_pool_breaker_state', { state: breaker })).toBe(1);
      expect(read.sum('prebuilds_pool_breaker_state')).toBe(1);
      expect(read.series.filter(({ name }) => name === 'prebuilds_pool_breaker_state')).toHaveLength(5);
    },
  );

  it('count waiting claims of every pool, and of those that are none', () => {
    const waiting = [
      { organization: 'default', template: 'docker', preset: 'large', count: 2 },
      { organization: 'default', template: 'docker', preset: '', count: 1 },
    ];
    const read = parseExposition(textOf(someFacts({ waiting, pools: [aPoolFacts(), aPoolFacts({ preset: 'small' })] })));
    expect(read.value('prebuilds_claims_waiting', { preset_name: 'large' })).toBe(2);
    expect(read.value('prebuilds_claims_waiting', { preset_name: 'small' })).toBe(0);
    expect(read.value('prebuilds_claims_waiting', { preset_name: '' })).toBe(1);
  });
});

describe('histograms', () => {
  it('add up their buckets; the last one holds everything', () => {
    const row = {
      name: 'claim_build_duration',
      labels: { template_name: 'docker', preset_name: 'large' },
      // 7 is no bound of today: it was one when it was observed.
      buckets: [
        { le: 5, count: 2 },
        { le: 7, count: 1 },
        { le: 300, count: 3 },
      ],
      count: 10,
      sum: 1234.5,
    };
    const read = parseExposition(textOf(someFacts({ histograms: [row] })));
    const name = 'coderd_prebuilt_workspace_claim_duration_seconds';
    const buckets = read.series.filter((one) => one.name === `${name}_bucket`).map(({ labels, value }) => [labels['le'], value]);
    expect(buckets).toEqual([
      ['1', 0],
      ['5', 2],
      ['10', 3],
      ['20', 3],
      ['30', 3],
      ['60', 3],
      ['120', 3],
      ['180', 3],
      ['240', 3],
      ['300', 6],
      ['+Inf', 10],
    ]);
    expect(read.value(`${name}_sum`, POOL)).toBe(1234.5);
    expect(read.value(`${name}_count`, POOL)).toBe(10);
    expect(read.types[name]).toBe('histogram');
  });

  it.each(Object.entries(BUCKETS))('%s has rising bounds', (_name, bounds) => {
    expect([...bounds].sort((a, b) => a - b)).toEqual([...bounds]);
    expect(new Set(bounds).size).toBe(bounds.length);
  });
});
