import type { Range } from '../template/syntax/ast.ts';
import type { Confidence, RuleId } from './model.ts';
import type { Analysis } from './plan/analysis.ts';
import { differenceRange, dotted, type Difference } from './plan/difference.ts';
import type { Outcome, Reason } from './plan/second.ts';
import type { Trace } from './trace.ts';
import type { Doubt } from './value.ts';

/** One attribute for which one instance is replaced: what a finding is about. */
export interface Row {
  readonly outcome: Outcome;
  /** As the provider names it; "" for replace_triggered_by. */
  readonly attribute: string;
  readonly reasons: readonly Reason[];
  readonly trace: Trace;
  readonly confidence: Confidence;
  readonly rule: RuleId;
  readonly range: Range;
}

/** Types whose objects hold what a person would lose (L 2.12). */
const STATEFUL = new Set([
  'docker_volume',
  'kubernetes_persistent_volume_claim',
  'kubernetes_persistent_volume_claim_v1',
  'google_compute_disk',
  'azurerm_managed_disk',
  'aws_ebs_volume',
  'digitalocean_volume',
  'hcloud_volume',
  'linode_volume',
  'incus_storage_volume',
  'nomad_csi_volume',
  'scaleway_block_volume',
  'oci_core_volume',
]);

/** Whether replacing an object of this type loses data. */
export const isStateful = (type: string): boolean => STATEFUL.has(type);

/** Replaced instances that are not `coder_*`, by attribute. */
export function rowsOf(analysis: Analysis): readonly Row[] {
  return analysis.outcomes
    .filter(({ action, decl }) => action === 'replace' && !decl.type.startsWith('coder_'))
    .flatMap((outcome) => {
      const byPath = new Map<string, Reason[]>();
      for (const reason of outcome.reasons) {
        const path = reason.kind === 'difference' ? reason.path : '';
        byPath.set(path, [...(byPath.get(path) ?? []), reason]);
      }
      return [...byPath].map(([attribute, reasons]) => rowOf(analysis, outcome, attribute, reasons));
    });
}

function rowOf(analysis: Analysis, outcome: Outcome, attribute: string, reasons: readonly Reason[]): Row {
  const trace = joined(reasons.map((reason) => analysis.tracer.reason(outcome, reason)));
  const [reason] = reasons;
  const range = reason?.kind === 'difference' ? differenceRange(reason.difference) : reason?.trigger.range;
  return {
    outcome,
    attribute,
    reasons,
    trace,
    confidence: confidenceOf(Math.min(...reasons.map(({ doubt }) => doubt)) as Doubt),
    rule: ruleOf(outcome, trace),
    range: range ?? outcome.decl.block.headRange,
  };
}

function ruleOf({ decl }: Outcome, { causes, kind }: Trace): RuleId {
  const only = (nature: string): boolean => causes.length > 0 && causes.every((cause) => cause.nature === nature);
  if (only('drift')) return 'drift/replace';
  if (only('parameter')) return 'parameter/replace';
  if (isStateful(decl.type)) return 'claim/replace-data';
  if (only('agents')) return 'claim/multi-agent-token';
  if (kind === 'cascade') return 'claim/replace-cascade';
  return kind === 'agent' ? 'claim/replace-via-agent' : 'claim/replace';
}

const RANK = { direct: 0, agent: 1, cascade: 2 };

function joined(traces: readonly Trace[]): Trace {
  const nearest = [...traces].sort((a, b) => RANK[a.kind] - RANK[b.kind] || a.chain.length - b.chain.length)[0];
  const causes = traces.flatMap((trace) => trace.causes);
  const unique = new Map(causes.map((cause) => [`${cause.range.file}:${String(cause.range.start)}`, cause]));
  return { causes: [...unique.values()], chain: nearest?.chain ?? [], kind: nearest?.kind ?? 'direct' };
}

export const confidenceOf = (doubt: Doubt): Confidence => (['certain', 'likely', 'possible'] as const)[doubt];

/** The differences of a row, as paths for people: `labels.value`, `env`. */
export const pathText = (difference: Difference): string => dotted(difference.path);
