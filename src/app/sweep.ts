import { absentSuspects, sourceName, unaccounted, type Finding } from '../domain/sweep.ts';
import { outsideEnvironment } from '../engine/environment.ts';
import { readState, readStateTexts } from '../engine/state.ts';
import { messageOf, UserError } from '../kit/errors.ts';
import { removeDocker } from '../sweep/docker.ts';
import { lookAt, type Look, type SweepDeps, type SweepPlan } from '../sweep/run.ts';
import type { SweepApi, SweepReport } from '../api/app.ts';
import { actorOf, type Context } from './context.ts';
import { findTemplate } from './names.ts';
import { lastSweeps, plansOf } from './sweep-plans.ts';
import { sweepView } from './sweep-words.ts';
import { declareAbsent, openSuspects } from './suspects.ts';

/** Looking for leaks by hand, and what was found (spec 7.4, SM R5). */
export function createSweepApi(context: Context): SweepApi {
  return {
    run: async ({ template, dryRun, remove }) => {
      const name = template === undefined ? undefined : (await findTemplate(context.store, template)).name;
      const plans = await plansOf(context, name);
      if (plans.length === 0) throw notConfigured(name);
      const reports: SweepReport[] = [];
      for (const plan of plans) reports.push(await sweepByHand(context, plan, { dryRun, remove }));
      return {
        results: reports.flatMap(({ results }) => results),
        removed: reports.flatMap(({ removed }) => removed),
        resolved: reports.flatMap(({ resolved }) => resolved),
      };
    },
    last: async () => (await lastSweeps(context)).map(sweepView),
    suspects: () => openSuspects(context),
    declareAbsent: (workspace) => declareAbsent(context, workspace),
  };
}

const notConfigured = (template: string | undefined): UserError =>
  new UserError('no_sweep', `no sweep is configured${template === undefined ? '' : ` for ${template}`}`, {
    hint: 'set `sweep` in the configuration, for example sweep: { docker: true }; see docs/sweep.md',
  });

/** After a pass: the sources whose last look is older than their interval. A look that fails never fails the pass. */
export async function sweepDue(context: Context, signal: AbortSignal | undefined): Promise<void> {
  try {
    const plans = await plansOf(context);
    const last = plans.length === 0 ? [] : await context.store.listSweeps();
    for (const plan of plans) {
      const at = last.find(({ source }) => source === sourceName(plan.source))?.at ?? 0;
      if (signal?.aborted !== true && context.clock.now() - at >= plan.intervalMs) await sweepInPass(context, plan);
    }
  } catch (error) {
    context.logger.error('sweep: failed', { error: messageOf(error) });
  }
}

async function sweepInPass(context: Context, plan: SweepPlan): Promise<void> {
  const look = await lookAt(sweepDeps(context), plan);
  await context.store.saveSweep(look.result);
  await resolveAbsent(context, look);
  const { source, error } = look.result;
  const count = unaccounted(look.result).length;
  if (error !== undefined) context.logger.warn('sweep: a source could not be looked at', { source, error });
  else if (count > 0) context.logger.warn('sweep: unaccounted objects', { source, count });
}

async function sweepByHand(
  context: Context,
  plan: SweepPlan,
  { dryRun, remove }: { readonly dryRun: boolean; readonly remove: boolean },
): Promise<SweepReport> {
  let look = await lookAt(sweepDeps(context), plan);
  const removable = remove && look.seen !== undefined ? look.result.findings.filter((one) => one.removable) : [];
  if (dryRun) return { results: [sweepView(look.result)], removed: removable, resolved: [] };
  const removed: Finding[] = [];
  // Containers first: a volume in use cannot be removed.
  for (const finding of [...removable].sort((a, b) => a.kind.localeCompare(b.kind))) {
    if (await removeFinding(context, plan, finding)) removed.push(finding);
  }
  if (removed.length > 0) look = await lookAt(sweepDeps(context), plan);
  await context.store.saveSweep(look.result);
  const resolved = [...(await resolveFound(context, look, removed)), ...(await resolveAbsent(context, look))];
  return { results: [sweepView(look.result)], removed, resolved };
}

/** Looks once more whether the workspace is at rest, then removes the object and tells it. A refusal leaves it for the next look. */
async function removeFinding(context: Context, { source, timeoutMs }: SweepPlan, finding: Finding): Promise<boolean> {
  const { store, logger } = context;
  const { workspaceId, kind, id } = finding;
  if (source.kind !== 'docker' || workspaceId === undefined || (await store.liveBuild(workspaceId)) !== undefined) return false;
  try {
    await removeDocker({ host: source.host, timeoutMs }, { kind, id });
  } catch (error) {
    logger.warn('sweep: an object could not be removed', { kind, id, error: messageOf(error) });
    return false;
  }
  await store.recordEvent({
    kind: 'sweep.removed',
    actor: await actorOf(context),
    workspaceId,
    reason: `${kind} ${finding.name ?? id}: ${finding.reason}`,
    data: { source: sourceName(source), type: finding.type, id },
  });
  return true;
}

/** Suspects whose objects were removed: as many as there were of this type in this workspace, and nothing of it is left. */
async function resolveFound(context: Context, { result }: Look, removed: readonly Finding[]): Promise<readonly string[]> {
  if (result.error !== undefined) return [];
  const same = (one: Finding, other: { workspaceId?: string | undefined; type: string }) =>
    one.workspaceId === other.workspaceId && one.type === other.type;
  const left = unaccounted(result);
  const open = removed.length === 0 ? [] : await context.store.listSuspects('open');
  const found = open.filter((suspect) => {
    const alike = open.filter((other) => other.workspaceId === suspect.workspaceId && other.type === suspect.type);
    return removed.filter((one) => same(one, suspect)).length >= alike.length && !left.some((one) => same(one, suspect));
  });
  for (const { workspaceId, address } of found) await context.store.resolveSuspects(workspaceId, 'found', [address]);
  return found.map(({ address }) => address);
}

async function resolveAbsent(context: Context, { seen }: Look): Promise<readonly string[]> {
  const { store, clock } = context;
  if (seen === undefined) return [];
  const open = await store.listSuspects('open');
  const suspects = await Promise.all(
    open.map(async (one) => ({ ...one, versionId: (await store.getBuild(one.buildId)).versionId })),
  );
  const absent = absentSuspects(suspects, seen.listing, seen.world, clock.now());
  for (const { workspaceId, address } of absent) await store.resolveSuspects(workspaceId, 'absent', [address]);
  return absent.map(({ address }) => address);
}

const sweepDeps = ({ store, clock, config, env }: Context): SweepDeps => ({
  store,
  clock,
  home: config.home,
  env: outsideEnvironment(env, config.env),
  readState,
  readTexts: readStateTexts,
});
