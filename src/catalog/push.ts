import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { checkName } from '../domain/names.ts';
import type {
  Parameter,
  ParameterValues,
  Preset,
  PresetInput,
  Template,
  Variable,
  VariableSource,
  Version,
  VersionFacts,
} from '../domain/types.ts';
import { normalise } from '../domain/values.ts';
import type { EngineInfo } from '../engine/engine.ts';
import { isCredentialName } from '../kit/credentials.ts';
import { ConflictError, InterruptedError, StoreError } from '../kit/errors.ts';
import { sha256, type Ids } from '../kit/ids.ts';
import type { Logger } from '../kit/logger.ts';
import { minorOf } from '../kit/version.ts';
import type { Actor, CatalogStore } from '../store/store.ts';
import { fingerprint } from '../template/fingerprint.ts';
import type { HclParser } from '../template/hcl.ts';
import { readLock } from '../template/lock.ts';
import type { EvaluatedPreset, Evaluation } from '../template/plan.ts';
import { placeText, readTemplate, type TemplateReading } from '../template/reading.ts';
import { collectTemplate, contentHash, type TemplateSource } from '../template/source.ts';
import { readStatic } from '../template/static.ts';
import { createEvaluator } from './evaluate.ts';
import type { VersionEvaluator } from './evaluator.ts';
import {
  checkCoderProvider,
  checkCoderVersion,
  parameterProblems,
  presetProblems,
  pushWarnings,
  refuse,
  type PresetViews,
} from './rules.ts';
import { fillStaging, openStaging, sweepStaging, type Staging } from './staging.ts';
import { coderTargets, installedModules } from './targets.ts';
import { machineOf } from './machine.ts';
import {
  hasValues,
  inheritedVariables,
  mergeVariables,
  valueWarnings,
  type MergedVariables,
  type Surroundings,
} from './variables.ts';

export interface PushDeps {
  readonly store: CatalogStore;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly home: string;
  /** Finds the engine; asked only after the folder itself is found to be good. */
  readonly engine: () => Promise<EngineInfo>;
  readonly evaluator: VersionEvaluator;
  readonly parser: HclParser;
  readonly accessUrl: string;
  /** Loader number for new versions (agent-protocol 2). */
  readonly loader: number;
  /** What the command inherited, of which `TF_VAR_*` is taken into the version, and `env` and `env_file` of the configuration. */
  readonly environment: Surroundings;
}

export interface PushRequest {
  readonly dir: string;
  /** Absent = the folder's name. */
  readonly name?: string | undefined;
  readonly variables: readonly VariableSource[];
  readonly message?: string | undefined;
  readonly activate: boolean;
  readonly static: boolean;
  readonly actor: Actor;
  /** Told each step in words. */
  readonly onProgress?: ((step: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PushOutcome {
  readonly template: Template;
  readonly version: Version;
  /** The active version is the same already: nothing was stored. */
  readonly unchanged: boolean;
  readonly presets: readonly Preset[];
  readonly warnings: readonly string[];
  /** A resource that makes a machine of its own, such as a container: `docker_container.workspace`. */
  readonly machine: string | undefined;
}

/** A template folder as found: nothing was written yet. */
interface Candidate {
  readonly name: string;
  readonly engine: EngineInfo;
  readonly source: TemplateSource;
  readonly hash: string;
  readonly reading: TemplateReading;
  readonly variables: MergedVariables;
}

/**
 * Takes a template folder to a stored version (spec 4.1, 4.2): copied, initialised once, evaluated, checked, and activated when asked.
 * Identical content and variables of the active version are a no-op. UserError for everything the author can correct, EngineError for
 * engine and providers; whatever fails, nothing is changed.
 */
export async function pushTemplate(deps: PushDeps, request: PushRequest): Promise<PushOutcome> {
  const candidate = await examine(deps, request);
  const same = await unchangedVersion(deps, candidate);
  if (same !== undefined) return same;
  checkCoderProvider(candidate.reading);
  await sweepStaging(deps.home, (id) => isVersion(deps.store, id));
  const staging = await openStaging(deps.home, deps.ids.uuid());
  try {
    const outcome = await store(deps, request, candidate, staging);
    await staging.keep();
    return outcome;
  } catch (error) {
    // A failed commit may still have happened; the row decides. When the store cannot say, a later push sweeps.
    const stored = await isVersion(deps.store, staging.id).catch(() => undefined);
    if (stored === true) await staging.keep();
    if (stored === false) await staging.discard();
    throw error;
  }
}

async function examine(deps: PushDeps, request: PushRequest): Promise<Candidate> {
  request.onProgress?.('reading the template');
  const source = await collectTemplate(request.dir);
  const name = request.name ?? basename(source.dir);
  checkName('template', name);
  const hash = await contentHash(source.files);
  const engine = await deps.engine();
  const reading = await readTemplate(source, deps.parser, { tofu: engine.kind === 'tofu' });
  const inherited = await inheritedVariables(reading.root.variables, source, deps.environment, deps.parser);
  const variables = await mergeVariables(reading.root.variables, { inherited, given: request.variables }, deps.parser);
  return { name, engine, source, hash, reading, variables };
}

async function unchangedVersion(deps: PushDeps, candidate: Candidate): Promise<PushOutcome | undefined> {
  const template = await deps.store.findTemplate(candidate.name);
  if (template === undefined) return undefined;
  if (template.deletingAt !== undefined) {
    throw new ConflictError('template_deleting', `template "${template.name}" is being deleted`, {
      hint: 'wait for the deletion to end, or push under another --name',
    });
  }
  if (template.activeVersionId === undefined) return undefined;
  const version = await deps.store.getVersion(template.activeVersionId);
  const stored = await deps.store.versionVariables(version.id);
  const same =
    version.contentHash === candidate.hash &&
    variablesText(stored) === variablesText(candidate.variables.stored) &&
    version.engineKind === candidate.engine.kind &&
    minorOf(version.engineVersion) === minorOf(candidate.engine.version) &&
    version.facts.accessUrl === deps.accessUrl &&
    version.facts.loader === deps.loader;
  if (!same) return undefined;
  const presets = await deps.store.versionPresets(version.id);
  const moved = await moveEngine(deps, version, candidate.engine);
  const now = moved.length === 0 ? version : await deps.store.getVersion(version.id);
  return {
    template,
    version: now,
    unchanged: true,
    presets,
    warnings: [...moved, ...version.facts.warnings],
    machine: machineOf(candidate.reading),
  };
}

/** The engine of a version stays where it was found; when it is gone from there, another one of its kind takes its place. */
async function moveEngine({ store }: PushDeps, { enginePath }: Version, engine: EngineInfo): Promise<readonly string[]> {
  if (enginePath === engine.path || existsSync(enginePath)) return [];
  await store.replaceEngine(enginePath, engine);
  return [`${enginePath} is gone; what was pushed with it uses ${engine.path} (${engine.version}) from now on`];
}

const variablesText = (variables: readonly Variable[]): string =>
  JSON.stringify(variables.map(({ name, value, sensitive }) => [name, value, sensitive]).sort());

/** Whether the store has a version of this id, whatever its state. */
export async function isVersion(store: CatalogStore, id: string): Promise<boolean> {
  try {
    await store.getVersion(id);
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not_found') return false;
    throw error;
  }
}

async function store(deps: PushDeps, request: PushRequest, candidate: Candidate, staging: Staging): Promise<PushOutcome> {
  const { engine, reading } = candidate;
  await fillStaging(staging, candidate.source, candidate.hash, candidate.variables.json);
  const staged = { engine, source: staging.source, data: staging.data, variables: staging.variables, signal: request.signal };
  request.onProgress?.('installing providers and modules');
  await deps.evaluator.init(staged);
  const lock = await readFile(join(staging.source, '.terraform.lock.hcl'), 'utf8').catch(() => '');
  checkCoderVersion(readLock(lock));
  if (hasValues(deps.environment, reading.root.variables, candidate.variables)) await deps.evaluator.checkVariables(staged);
  request.onProgress?.('evaluating presets and parameters');
  const found = request.static ? staticEvaluation(reading) : await evaluated(deps, candidate, staging, staged);
  const { evaluation, views } = found;
  await deps.evaluator.checkProviders(staged, evaluation.singleProviders);
  if (request.signal?.aborted === true) throw new InterruptedError('the push was interrupted; nothing was changed');
  request.onProgress?.('storing the version');
  const facts = factsOf(deps, candidate, found);
  const { template, version } = await deps.store.importVersion(
    {
      id: staging.id,
      templateName: candidate.name,
      version: {
        fingerprint: await fingerprintOf(deps, candidate, staging, lock),
        contentHash: candidate.hash,
        folder: staging.folder,
        enginePath: engine.path,
        engineKind: engine.kind,
        engineVersion: engine.version,
        lockHash: sha256(lock),
        message: request.message ?? '',
        pushedBy: request.actor.username,
        facts,
      },
      parameters: evaluation.parameters,
      presets: evaluation.presets.map((preset) => presetInput(preset, views.get(preset.name) ?? evaluation.parameters)),
      variables: candidate.variables.stored,
      activate: request.activate,
    },
    request.actor,
  );
  deps.logger.info('template pushed', { template: template.name, version: version.number });
  const presets = await deps.store.versionPresets(version.id);
  return { template, version, unchanged: false, presets, warnings: facts.warnings, machine: machineOf(reading) };
}

function staticEvaluation(reading: TemplateReading): Evaluated {
  const evaluation = readStatic(reading);
  refuse([
    ...presetProblems(evaluation.presets),
    ...evaluation.presets.flatMap((preset) => parameterProblems(preset, evaluation.parameters)),
  ]);
  return { evaluation, views: new Map(), targets: [], values: {} };
}

type Staged = Parameters<VersionEvaluator['init']>[0];

/** Rules that need no further plan come first, so that a mistake is told within one evaluation. */
async function evaluated(deps: PushDeps, candidate: Candidate, staging: Staging, staged: Staged): Promise<Evaluated> {
  const targets = await coderTargets(staging, candidate.reading.root, deps.parser);
  const frame = { ...staged, templateName: candidate.name, accessUrl: deps.accessUrl, loader: deps.loader };
  const evaluator = createEvaluator(deps.evaluator, frame, candidate.reading, targets);
  const evaluation = await evaluator.first();
  refuse(presetProblems(evaluation.presets));
  const problems: string[] = [];
  const views = new Map<string, readonly Parameter[]>();
  for (const preset of evaluation.presets) {
    const parameters = await evaluator.forPreset(preset, evaluation);
    problems.push(...parameterProblems(preset, parameters));
    if (!isDeepStrictEqual(parameters, evaluation.parameters)) views.set(preset.name, parameters);
  }
  refuse(problems);
  return { evaluation, views, targets, values: evaluator.firstValues };
}

interface Evaluated {
  readonly evaluation: Evaluation;
  readonly views: PresetViews;
  readonly targets: readonly string[];
  readonly values: ParameterValues;
}

function presetInput(preset: EvaluatedPreset, parameters: readonly Parameter[]): PresetInput {
  const { name, isDefault, instances, hasPrebuilds, ttlMs, timezone, schedules } = preset;
  const values = Object.entries(preset.parameters).map(([key, text]) => {
    const parameter = parameters.find((one) => one.name === key);
    return [key, parameter === undefined ? text : (normalise(parameter, text).value ?? text)] as const;
  });
  return { name, isDefault, parameters: Object.fromEntries(values), instances, hasPrebuilds, ttlMs, timezone, schedules };
}

function factsOf(deps: PushDeps, candidate: Candidate, { evaluation, views, targets, values }: Evaluated): VersionFacts {
  const { reading } = candidate;
  const { backend } = reading.root;
  const { inherited, configured } = deps.environment;
  const names = [...new Set([...Object.keys(inherited), ...Object.keys(configured)])];
  return {
    singleProviders: evaluation.singleProviders,
    agents: evaluation.agents,
    notServed: evaluation.notServed,
    loader: deps.loader,
    accessUrl: deps.accessUrl,
    dataSources: evaluation.dataSources,
    ownerParameters: evaluation.ownerParameterNames,
    conditional: evaluation.conditional
      ? { targets, leading: evaluation.leading, values, presets: Object.fromEntries(views) }
      : undefined,
    credentialNames: names.filter((name) => isCredentialName(name) && !/^(CODER|TF_VAR)_/.test(name)).sort(),
    warnings: [
      ...pushWarnings(evaluation, views),
      ...evaluation.notServed,
      ...(backend === undefined
        ? []
        : [`${placeText(backend.place)}: the ${backend.type} backend is not used; state is kept by prebuilds`]),
      ...valueWarnings(deps.environment, reading.root.variables, candidate.variables),
    ],
  };
}

async function fingerprintOf(deps: PushDeps, candidate: Candidate, staging: Staging, lock: string): Promise<string> {
  const files = [];
  for (const { path, executable } of candidate.source.files) {
    files.push({ path, executable, bytes: await readFile(join(staging.source, path)) });
  }
  return fingerprint({
    files,
    lock,
    modules: await installedModules(staging.data),
    variables: candidate.variables.stored,
    engineKind: candidate.engine.kind,
    engineVersion: candidate.engine.version,
    accessUrl: deps.accessUrl,
    loader: deps.loader,
  });
}
