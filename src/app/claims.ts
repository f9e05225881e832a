import { claimWorkspace, type ClaimRequest } from '../claim/claim.ts';
import { choosePreset } from '../domain/preset-match.ts';
import { parseAssignments, resolveParameters } from '../domain/parameters.ts';
import { checkName } from '../domain/names.ts';
import type { Preset, Template } from '../domain/types.ts';
import { UserError } from '../kit/errors.ts';
import { sha256 } from '../kit/ids.ts';
import type { ClaimAnswer, ClaimInput } from './api.ts';
import { connectLine, resourceViews, stateOf } from './connect.ts';
import { actorOf, type Context } from './context.ts';
import { findCaller } from './identity.ts';
import { findTemplate } from './names.ts';
import { driveOptions } from './pools.ts';

/** A claim as typed: everything is looked up and checked before any stock is touched (spec 4.6, 6.1 "resolve"). */
export async function claimByWords(context: Context, input: ClaimInput): Promise<ClaimAnswer> {
  const startedAt = context.clock.monotonic();
  const { request, reason } = await resolveClaim(context, input);
  const resolveMs = context.clock.monotonic() - startedAt;
  const outcome = await claimWorkspace(context.pool, request, { ...driveOptions(context, input), onStep: input.onStep });
  const { claim, workspace } = outcome;
  const preset = workspace.presetId === undefined ? undefined : await context.store.getPreset(workspace.presetId);
  return {
    workspace,
    claim,
    servedAs: claim.servedAs ?? 'cold',
    preset: preset?.name,
    presetReason: reason,
    missReason: claim.missReason,
    phases: rounded({ resolve: resolveMs, ...claim.phases, total: context.clock.monotonic() - startedAt }),
    rebuilt: claim.rebuilt,
    connect: await connectLine(context, workspace),
    resources: resourceViews(stateOf(context, workspace)),
    repeated: outcome.repeated,
  };
}

async function resolveClaim(context: Context, input: ClaimInput): Promise<{ request: ClaimRequest; reason: string }> {
  const { store } = context;
  const template = await findTemplate(store, input.template);
  const version = await activeVersion(context, template);
  const [parameters, presets] = await Promise.all([store.versionParameters(version.id), store.versionPresets(version.id)]);
  const given = parseAssignments(input.params);
  const chosen = choosePreset({ presets, parameters, requested: input.preset, given });
  if (chosen.problem !== undefined)
    throw new UserError('unknown_preset', chosen.problem, { hint: `see \`prebuilds presets ${template.name}\`` });
  const resolved = resolveParameters({ parameters, preset: chosen.preset, given, mode: 'claim' });
  const [problem] = resolved.problems;
  if (problem !== undefined)
    throw new UserError('bad_parameter', problem, { hint: `see \`prebuilds template show ${template.name}\`` });
  const name = nameOf(context, input, template);
  const owner = await findCaller(store, { owner: input.owner, env: context.env });
  if (owner.isSystem)
    throw new UserError('bad_owner', 'prebuilds cannot claim its own prebuilds', { hint: 'name a person with --owner' });
  const request: ClaimRequest = {
    template,
    version,
    preset: chosen.preset,
    parameters: resolved.values,
    owner,
    actor: await actorOf(context),
    name,
    requestId: input.requestId,
    argsHash: argsHash(template, chosen.preset, resolved.values, input),
    poolMismatch: resolved.poolMismatch,
    noPool: input.noPool,
    noCold: input.noCold,
  };
  return { request, reason: chosen.reason };
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
  sha256(JSON.stringify([template.id, preset?.name ?? null, Object.entries(values).sort(), input.name ?? null, input.noPool]));

const rounded = (phases: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(phases).map(([name, ms]) => [name, Math.round(ms * 10) / 10]));
