import { claimWorkspace } from '../claim/claim.ts';
import type { ClaimRequest } from '../claim/request.ts';
import { claimTtl } from '../domain/expiry.ts';
import { choosePreset } from '../domain/preset-match.ts';
import { parseAssignments } from '../domain/parameters.ts';
import { checkName } from '../domain/names.ts';
import type { Preset, Template, Version, Workspace } from '../domain/types.ts';
import { writeDuration } from '../kit/duration.ts';
import { UserError } from '../kit/errors.ts';
import { sha256 } from '../kit/ids.ts';
import type { ClaimAnswer, ClaimInput } from '../api/app.ts';
import { stateViews } from './agents-shown.ts';
import { beginDelivery } from './begin-delivery.ts';
import { connectLine, resourceViews, stateOf } from './connect.ts';
import { actorOf, type Context } from './context.ts';
import { findCaller } from './identity.ts';
import { findTemplate } from './names.ts';
import { driveOptions } from './drive-options.ts';
import { parametersFor } from './parameters.ts';
import { viewOfWaiting } from './waiting.ts';
import { hostAgents, type Leave } from './agent-host.ts';
import { agentsOf, tellAgents } from './agent-tell.ts';

/** A claim as typed: everything is looked up and checked before any stock is touched (spec 4.6, 6.1 "resolve"). */
export async function claimByWords(context: Context, input: ClaimInput): Promise<ClaimAnswer> {
  const startedAt = context.clock.monotonic();
  const request = await resolveClaim(context, input);
  const resolveMs = context.clock.monotonic() - startedAt;
  const { outcome, workspace, agentsMs } = await claimAndTell(context, request, input);
  const { claim } = outcome;
  const presetId = workspace === undefined ? claim.presetId : workspace.presetId;
  const preset = presetId === undefined ? undefined : await context.store.getPreset(presetId);
  const resources = workspace === undefined ? [] : resourceViews(stateOf(context, workspace));
  const shown = workspace === undefined ? { apps: [], metadata: [] } : stateViews(context, workspace, resources);
  return {
    workspace,
    waiting: workspace === undefined ? await viewOfWaiting(context, claim) : undefined,
    claim,
    servedAs: workspace === undefined ? undefined : (claim.servedAs ?? 'cold'),
    preset: preset?.name,
    older: workspace === undefined ? undefined : await olderThan(context, workspace, request.version),
    presetReason: request.presetReason,
    missReason: claim.missReason,
    phases: rounded({ resolve: resolveMs, ...claim.phases, ...agentsMs, total: context.clock.monotonic() - startedAt }),
    rebuilt: claim.rebuilt,
    connect: workspace === undefined ? undefined : await connectLine(context, workspace),
    resources,
    agents: workspace === undefined ? [] : await agentsOf(context, workspace),
    ...shown,
    repeated: outcome.repeated,
  };
}

/** The claim, and the wait for start scripts as a phase of its own. A cold build's agents are heard from its beginning on. */
async function claimAndTell(context: Context, request: ClaimRequest, input: ClaimInput) {
  let leave: Leave | undefined;
  const onCold = async (): Promise<void> => {
    if (request.version.facts.agents.length > 0) leave ??= await hostAgents(context);
  };
  try {
    const options = { ...driveOptions(context, input), onStep: input.onStep, onCold };
    const outcome = await claimWorkspace(context.pool, request, options);
    const { workspace } = outcome;
    if (workspace === undefined) return { outcome, workspace, agentsMs: {} };
    // Hooks are told of a new claim at once (a server does it by itself), agents also where an earlier call was killed before it told them.
    if (!outcome.repeated && !context.hostsAgents) beginDelivery(context);
    const startedAt = context.clock.monotonic();
    const after = await tellAgents(context, workspace, input);
    const ms = context.clock.monotonic() - startedAt;
    return { outcome, workspace: after, agentsMs: after === workspace ? {} : { agents: ms } };
  } finally {
    await leave?.();
  }
}

/** A pool that rolls serves from its old version until the new one is there; and the answer to a repeated request may be old by now. */
async function olderThan(context: Context, { versionId }: Workspace, active: Version): Promise<ClaimAnswer['older']> {
  if (versionId === active.id) return undefined;
  return { version: (await context.store.getVersion(versionId)).number, active: active.number };
}

async function resolveClaim(context: Context, input: ClaimInput): Promise<ClaimRequest> {
  const { store } = context;
  refuseContradiction(input);
  const template = await findTemplate(store, input.template);
  const version = await activeVersion(context, template);
  const [parameters, presets] = await Promise.all([store.versionParameters(version.id), store.versionPresets(version.id)]);
  const given = parseAssignments(input.params);
  const chosen = choosePreset({ presets, parameters, views: version.facts.conditional?.presets, requested: input.preset, given });
  if (chosen.problem !== undefined)
    throw new UserError('unknown_preset', chosen.problem, { hint: `see \`prebuilds presets ${template.name}\`` });
  const asked = { template, version, presetName: chosen.preset?.name, signal: input.signal };
  const resolved = await parametersFor(context, asked, { preset: chosen.preset, given, mode: 'claim' });
  // Nobody asks for a preset to be left out: what is missing may be in the one that did not fit.
  refuseProblem(resolved.problems, template, chosen.preset === undefined && presets.length > 0 ? `${chosen.reason}; ` : '');
  const name = nameOf(context, input, template);
  const owner = await findCaller(store, input.owner === undefined ? context.caller : { ...context.caller, owner: input.owner });
  if (owner.isSystem)
    throw new UserError('bad_owner', 'prebuilds cannot claim its own prebuilds', { hint: 'name a person with --owner' });
  const request: ClaimRequest = {
    template,
    version,
    preset: chosen.preset,
    presetReason: chosen.reason,
    parameters: resolved.values,
    owner,
    actor: await actorOf(context),
    name,
    requestId: input.requestId,
    argsHash: argsHash(template, chosen.preset, resolved.values, input),
    poolMismatch: resolved.poolMismatch,
    noPool: input.noPool,
    noCold: input.noCold,
    wait: input.detach ? { ms: input.wait?.ms, detach: true } : input.wait && { ms: input.wait.ms, detach: false },
    ttlMs: claimTtl(input.ttlMs, context.config.policy(template.name, chosen.preset?.name), writeDuration),
  };
  return request;
}

function refuseProblem([problem]: readonly string[], template: Template, unfit: string): void {
  if (problem === undefined) return;
  throw new UserError('bad_parameter', problem, { hint: `${unfit}see \`prebuilds template show ${template.name}\`` });
}

function refuseContradiction(input: ClaimInput): void {
  if (!input.noPool || (!input.detach && input.wait === undefined)) return;
  throw new UserError('contradiction', '--no-pool takes nothing from the pool, so there is nothing to wait for', {
    hint: 'leave out --no-pool, or --wait and --detach',
  });
}

async function activeVersion(context: Context, template: Template) {
  if (template.deletingAt !== undefined) throw new UserError('template_deleting', `template ${template.name} is being deleted`);
  if (template.activeVersionId === undefined) {
    throw new UserError('no_active_version', `template ${template.name} has no active version`, {
      hint: `promote one with \`prebuilds template promote ${template.name} VERSION\``,
    });
  }
  return context.store.getVersion(template.activeVersionId);
}

function nameOf(context: Context, input: ClaimInput, template: Template): string {
  const name = input.name ?? `${template.name.slice(0, 25)}-${context.ids.base32(6)}`;
  checkName('workspace', name);
  return name;
}

/** Two claims are the same request when these are equal (SM section 3). */
const argsHash = (template: Template, preset: Preset | undefined, values: object, input: ClaimInput): string =>
  sha256(
    JSON.stringify([
      template.id,
      preset?.name ?? null,
      Object.entries(values).sort(),
      input.name ?? null,
      input.noPool,
      ...(input.ttlMs === undefined ? [] : [input.ttlMs]),
    ]),
  );

const rounded = (phases: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(phases).map(([name, ms]) => [name, Math.round(ms * 10) / 10]));
