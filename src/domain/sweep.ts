import type { Suspect, WorkspacePhase } from './types.ts';

/** Where a sweep looks (spec 7.4): a Docker-compatible daemon, machines that are processes of this host, or a command's answer. */
export type SweepSource =
  | { readonly kind: 'docker'; readonly host: string; readonly label: string }
  | { readonly kind: 'process'; readonly folder: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] };

export interface SweepSettings {
  readonly sources: readonly SweepSource[];
  /** A pass looks again when the last look is older. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export type ObjectKind = 'container' | 'volume' | 'folder' | 'process' | 'object';

/** Something that a provider really has. */
export interface RealObject {
  readonly kind: ObjectKind;
  readonly id: string;
  readonly name?: string | undefined;
  /** Resource type, such as `docker_container`; empty when the source does not say. */
  readonly type: string;
  /** Workspace that it says it belongs to. */
  readonly workspaceId: string | undefined;
}

/** Everything of one source at one time. */
export interface Listing {
  readonly objects: readonly RealObject[];
  /** Ids of everything of a type, labelled or not: what a state has of these types and is not here is gone. */
  readonly everything: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A workspace as the comparison sees it. */
export interface SweptWorkspace {
  readonly id: string;
  /** `owner/name`. */
  readonly name: string;
  readonly phase: WorkspacePhase;
  /** Nothing was built in it while the sweep looked; what is being built cannot be judged. */
  readonly quiet: boolean;
  /** Its template is swept by this source. */
  readonly inScope: boolean;
  readonly state: 'ok' | 'missing' | 'empty' | 'torn';
  readonly versionId: string;
  /** Managed resources of its state. */
  readonly resources: readonly { readonly address: string; readonly type: string; readonly id: string | undefined }[];
  /** Every text in the attributes of these; only read where objects have no ids of their own. */
  readonly texts: ReadonlySet<string>;
}

export interface Finding {
  /** `leaked` is what no live workspace accounts for, `missing` what a state has and nothing is there, `foreign` somebody else's. */
  readonly verdict: 'leaked' | 'missing' | 'foreign';
  readonly kind: ObjectKind;
  readonly id: string;
  readonly type: string;
  readonly name?: string | undefined;
  readonly workspaceId?: string | undefined;
  /** `owner/name` of a workspace of this store. */
  readonly workspace?: string | undefined;
  readonly reason: string;
  /** Whether `sweep --remove` may remove it. */
  readonly removable: boolean;
}

export interface SweepResult {
  readonly source: string;
  readonly at: number;
  /** Objects that belong to workspaces of this store, or should. */
  readonly objects: number;
  readonly findings: readonly Finding[];
  /** Why the source could not be looked at. */
  readonly error: string | undefined;
}

/** Name of a source, the key of its result. */
export function sourceName(source: SweepSource): string {
  switch (source.kind) {
    case 'docker':
      return `docker ${source.host}${source.label === WORKSPACE_LABEL ? '' : ` ${source.label}`}`;
    case 'process':
      return `process ${source.folder}`;
    case 'command':
      return `command ${source.argv.join(' ')}`;
  }
}

/** The label that Coder's own templates put on containers and volumes. */
export const WORKSPACE_LABEL = 'coder.workspace_id';

/** What has to be done about: leaked objects. */
export const unaccounted = (result: Pick<SweepResult, 'findings'>): readonly Finding[] =>
  result.findings.filter(({ verdict }) => verdict === 'leaked');

type World = ReadonlyMap<string, SweptWorkspace>;

/**
 * Holds what is really there against the states (spec 7.4, engine-crash rule 14): each object belongs to one live workspace and is in its
 * state, and what a state has is there. Workspaces that are being built are not judged. Findings in order: leaked, missing, foreign.
 */
export function compare(listing: Listing, world: World): readonly Finding[] {
  const owners = ownersById(world);
  const judged = listing.objects.flatMap((object) => judge(object, world, owners) ?? []);
  const missing = [...world.values()].flatMap((workspace) => missingOf(workspace, listing));
  const of = (verdict: Finding['verdict']) => judged.filter((finding) => finding.verdict === verdict);
  return [...of('leaked'), ...missing, ...of('foreign')];
}

const isGone = ({ phase }: SweptWorkspace): boolean => phase === 'deleted';
const isEnding = ({ phase }: SweptWorkspace): boolean => phase === 'deleted' || phase === 'deleting';

type Owners = ReadonlyMap<string, readonly SweptWorkspace[]>;

function ownersById(world: World): Owners {
  const owners = new Map<string, SweptWorkspace[]>();
  for (const workspace of world.values()) {
    if (isGone(workspace)) continue;
    const ids = new Set(workspace.resources.flatMap(({ id, type }) => (id === undefined || isCoder(type) ? [] : [id])));
    for (const id of ids) owners.set(id, [...(owners.get(id) ?? []), workspace]);
  }
  return owners;
}

const isCoder = (type: string): boolean => type.startsWith('coder_');

function judge(object: RealObject, world: World, owners: Owners): Finding | undefined {
  if (object.workspaceId === undefined) return judgeById(object, world, owners);
  const workspace = world.get(object.workspaceId);
  if (workspace === undefined) return finding(object, 'foreign', 'its workspace is not of this home', undefined, false);
  if (!workspace.quiet) return undefined;
  if (isGone(workspace)) return finding(object, 'leaked', 'its workspace is deleted', workspace, true);
  if (isKnown(object, workspace)) return judgeKnown(object, workspace, owners);
  if (isEnding(workspace))
    return finding(object, 'leaked', 'no state knows it, and its workspace is being deleted', workspace, true);
  if (workspace.state !== 'ok') {
    return finding(object, 'leaked', `the state of its workspace is ${workspace.state}`, workspace, false);
  }
  // A volume may hold somebody's work, and its workspace lives: that is for a person to judge.
  return finding(object, 'leaked', 'the state of its workspace does not know it', workspace, object.kind !== 'volume');
}

function judgeKnown(object: RealObject, workspace: SweptWorkspace, owners: Owners): Finding | undefined {
  if (object.kind === 'process' && workspace.phase === 'stopped') {
    return finding(object, 'leaked', 'its workspace is stopped', workspace, false);
  }
  return sharedBy(object, owners.get(object.id) ?? []);
}

/** Two states that have one object would destroy it twice. */
function sharedBy(object: RealObject, owners: readonly SweptWorkspace[]): Finding | undefined {
  const [first, ...others] = owners;
  if (first === undefined || others.length === 0 || owners.some(({ quiet }) => !quiet)) return undefined;
  return finding(object, 'leaked', `several states have it: ${owners.map(({ name }) => name).join(', ')}`, first, false);
}

/** An object that does not say whose it is: its source lists this home's objects only, so some state has to have it. */
function judgeById(object: RealObject, world: World, owners: Owners): Finding | undefined {
  const known = owners.get(object.id) ?? [];
  if (known.length > 0) return sharedBy(object, known);
  if ([...world.values()].some(({ inScope, quiet }) => inScope && !quiet)) return undefined;
  return finding(object, 'leaked', 'no state knows it', undefined, false);
}

function isKnown(object: RealObject, workspace: SweptWorkspace): boolean {
  if (object.kind === 'folder' || object.kind === 'process') return workspace.texts.has(object.name ?? object.id);
  const typed = object.kind === 'container' || object.kind === 'volume';
  return workspace.resources.some(({ type, id }) => id === object.id && !isCoder(type) && (!typed || type === object.type));
}

function finding(
  { kind, id, type, name, workspaceId }: RealObject,
  verdict: Finding['verdict'],
  reason: string,
  workspace: SweptWorkspace | undefined,
  removable: boolean,
): Finding {
  const ours = kind === 'container' || kind === 'volume';
  return { verdict, kind, id, type, name, workspaceId, workspace: workspace?.name, reason, removable: removable && ours };
}

function missingOf(workspace: SweptWorkspace, { everything }: Listing): readonly Finding[] {
  if (!workspace.quiet || !workspace.inScope || isEnding(workspace)) return [];
  return workspace.resources.flatMap(({ address, type, id }) => {
    const there = everything.get(type);
    if (id === undefined || there === undefined || there.has(id)) return [];
    return [
      {
        verdict: 'missing' as const,
        kind: 'object' as const,
        id,
        type,
        name: address,
        workspaceId: workspace.id,
        workspace: workspace.name,
        reason: 'its state has it, but it does not exist',
        removable: false,
      },
    ];
  });
}

/** A provider that was cut off while it worked may finish its request later. */
const SETTLED_MS = 10 * 60_000;

/**
 * Suspects (SM R5) that this look proves absent. Proof needs that the same resource of a workspace of the same version was reported with its
 * workspace id and is in its state, so the source would have named this one too: another workspace's, or the one that a recovery made
 * instead; that the suspect is old enough; and that nothing of its type and workspace is unaccounted for.
 */
export function absentSuspects(
  suspects: readonly (Suspect & { readonly versionId: string })[],
  listing: Listing,
  world: World,
  now: number,
): readonly Suspect[] {
  const accounted = listing.objects.flatMap((object) => {
    const workspace = world.get(object.workspaceId ?? '');
    const address = workspace?.resources.find(({ id, type }) => id === object.id && type === object.type)?.address;
    return workspace === undefined || address === undefined ? [] : [{ object, key: `${workspace.versionId} ${family(address)}` }];
  });
  const shown = new Set(accounted.map(({ key }) => key));
  const known = new Set(accounted.map(({ object }) => object));
  return suspects.filter((suspect) => {
    const workspace = world.get(suspect.workspaceId);
    if (workspace?.quiet !== true || suspect.state !== 'open' || now - suspect.at < SETTLED_MS) return false;
    if (!shown.has(`${suspect.versionId} ${family(suspect.address)}`)) return false;
    return !listing.objects.some(
      (object) =>
        object.type === suspect.type && !known.has(object) && [undefined, suspect.workspaceId].includes(object.workspaceId),
    );
  });
}

/** The resource without its instance: `docker_volume.home[0]` is labelled as `docker_volume.home[1]` is. */
const family = (address: string): string => address.replaceAll(/\[[^\]]*\]/g, '');
