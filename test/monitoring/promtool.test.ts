import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { PROJECT } from '../support/cli.ts';
import { expressionsOf } from '../support/monitoring.ts';
import { allFacts, someFacts, textOf } from '../unit/metrics/facts.ts';

const RULES = join(PROJECT, 'docs', 'monitoring', 'alerts.yaml');
const CASES = join(PROJECT, 'test', 'monitoring', 'alerts.test.yaml');

function promtool(args: readonly string[], input = ''): { code: number | null; out: string } {
  const file = process.env['PREBUILDS_PROMTOOL'];
  if (file === undefined) throw new Error('PREBUILDS_PROMTOOL is not set; run these tests by npm run test:monitoring');
  const done = spawnSync(file, args, { input, encoding: 'utf8' });
  return { code: done.status, out: done.stdout + done.stderr };
}

interface Alert {
  readonly alert: string;
  readonly expr: string;
}
interface Case {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

const alerts = (parse(readFileSync(RULES, 'utf8')) as { groups: readonly { rules: readonly Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);

describe('prebuilds metrics', () => {
  it.each([
    ['with a value for every metric', allFacts()],
    ['of a new store', someFacts({ pools: [] })],
  ])('print what promtool takes without a remark: %s', (_what, facts) => {
    expect(promtool(['check', 'metrics'], textOf(facts))).toEqual({ code: 0, out: '' });
  });

  it('would be remarked upon if they were wrong', () => {
    const wrong = textOf(someFacts()).replace('# TYPE prebuilds_info gauge', '# TYPE prebuilds_info counter');
    expect(promtool(['check', 'metrics'], wrong).out).toContain('prebuilds_info');
  });
});

describe('alerts', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'prebuilds-monitoring-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('are rules', () => {
    const { code, out } = promtool(['check', 'rules', RULES]);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining(`${String(alerts.length)} rules found`) as string });
  });

  it('fire where they should, and only there', () => {
    const { code, out } = promtool(['test', 'rules', CASES]);
    expect(code, out).toBe(0);
  });

  it.each(alerts)('$alert has a case where it fires and one where it does not', ({ alert }) => {
    const { tests } = parse(readFileSync(CASES, 'utf8')) as { tests: readonly Case[] };
    const checks = tests.flatMap((one) => one.alert_rule_test).filter(({ alertname }) => alertname === alert);
    expect(checks.some(({ exp_alerts }) => exp_alerts.length > 0)).toBe(true);
    expect(checks.some(({ exp_alerts }) => exp_alerts.length === 0)).toBe(true);
  });

  // A condition that no case needs would be a condition that nobody has seen work.
  it.each([
    ['PrebuildsPoolEmpty', 'prebuilds_pool_paused == 1 or prebuilds_pool_draining == 1', 'prebuilds_pool_draining == 1'],
    ['PrebuildsPoolEmpty', 'prebuilds_pool_paused == 1 or prebuilds_pool_draining == 1', 'prebuilds_pool_paused == 1'],
    ['PrebuildsPoolEmpty', 'coderd_prebuilt_workspaces_desired > 0', 'coderd_prebuilt_workspaces_desired >= 0'],
    ['PrebuildsColdClaims', '> 0.2', '> 0.05'],
    ['PrebuildsColdClaims', '>= 5', '>= 1'],
    ['PrebuildsColdClaims', 'and on (template_name, preset_name, organization_name) coderd_prebuilt_workspaces_desired > 0', ''],
    ['PrebuildsNotReconciled', 'unless on (job, instance) coderd_prebuilt_workspaces_reconciliation_paused == 1', ''],
    ['PrebuildsNotReconciled', '> 600', '> 1800'],
    ['PrebuildsMetricsStale', '> 300', '> 1500'],
  ])('%s needs %j in its expression', (alert, part, instead) => {
    const file = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: { alert: string; expr: string }[] }[] };
    const rule = file.groups[0]?.rules.find((one) => one.alert === alert);
    expect(rule?.expr).toContain(part);
    if (rule !== undefined) rule.expr = rule.expr.replace(part, instead);
    writeFileSync(join(folder, 'alerts.yaml'), stringify(file));
    const cases = readFileSync(CASES, 'utf8').replace('../../docs/monitoring/alerts.yaml', 'alerts.yaml');
    writeFileSync(join(folder, 'alerts.test.yaml'), cases);
    const { code, out } = promtool(['test', 'rules', join(folder, 'alerts.test.yaml')]);
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining(`alertname: ${alert}`) as string });
  });

  it('and the dashboard are PromQL', () => {
    const expressions = expressionsOf('dashboard.json').filter((one) => !one.startsWith('label_values('));
    // Grafana fills these in.
    const filled = expressions.map((one) => one.replaceAll(/\$__range|\$__rate_interval/g, '5m'));
    const rules = filled.map((expr, index) => ({
      record: `panel:${String(index)}`.replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? ''),
      expr,
    }));
    const file = join(folder, 'dashboard.yaml');
    writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { code, out } = promtool(['check', 'rules', file]);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining(`${String(rules.length)} rules found`) as string });
  });
});
