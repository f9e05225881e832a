import { compare, sourceName, type Listing, type SweepResult, type SweepSource, type SweptWorkspace } from '../domain/sweep.ts';
import type { Workspace } from '../domain/types.ts';
import type { Clock } from '../kit/clock.ts';
import { messageOf, StoreError } from '../kit/errors.ts';
import { workspacePaths } from '../kit/paths.ts';
import type { Store } from '../store/store.ts';
import { listByCommand } from './command.ts';
import { listDocker } from './docker.ts';
import { listProcesses } from './process.ts';

export interface SweepDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly home: string;
  /** Environment of sweep commands: the engine's rule (spec 3). */
  readonly env: Readonly<Record<string, string>>;
  readonly readState: (
    path: string,
  ) =>
    | { readonly kind: 'missing' | 'empty' | 'torn' }
    | { readonly kind: 'ok'; readonly resources: readonly (SweptWorkspace['resources'][number] & { readonly mode: string })[] };
  /** Every text in the attributes of a state's managed resources. */
  readonly readTexts: (path: string) => ReadonlySet<string>;
}

/** One source, and the templates whose workspaces it covers. */
export interface SweepPlan {
  readonly source: SweepSource;
  readonly templateIds: ReadonlySet<string>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface Look {
  readonly result: SweepResult;
  /** undefined = the source could not be looked at. */
  readonly seen: { readonly listing: Listing; readonly world: ReadonlyMap<string, SweptWorkspace> } | undefined;
}

/**
 * Looks at one source and holds it against states and store. Writes nothing. Rows are read before and after the source: what changed in
 * between was not quiet, and is left to the next look. A source that fails keeps what was found before.
 */
export async function lookAt(deps: SweepDeps, plan: SweepPlan): Promise<Look> {
  const source = sourceName(plan.source);
  const at = deps.clock.now();
  const before = await glance(deps.store);
  let listing: Listing;
  try {
    listing = await list(deps, plan);
  } catch (error) {
    const last = (await deps.store.listSweeps()).find((one) => one.source === source);
    const message = messageOf(error).split('\n')[0] ?? 'failed';
    const result = { source, at, objects: last?.objects ?? 0, findings: last?.findings ?? [], error: message };
    return { result, seen: undefined };
  }
  const world = await worldOf(deps, plan, before, listing);
  const findings = compare(listing, world);
  const foreign = findings.filter(({ verdict }) => verdict === 'foreign').length;
  const result = { source, at, objects: listing.objects.length - foreign, findings, error: undefined };
  return { result, seen: { listing, world } };
}

function list(deps: SweepDeps, { source, timeoutMs }: SweepPlan): Promise<Listing> | Listing {
  switch (source.kind) {
    case 'docker':
      return listDocker({ host: source.host, timeoutMs }, source.label);
    case 'process':
      return listProcesses(source.folder);
    case 'command':
      return listByCommand({ argv: source.argv, timeoutMs, cwd: deps.home, env: deps.env });
  }
}

interface Glance {
  readonly workspaces: ReadonlyMap<string, Workspace>;
  /** Workspaces that are being built. */
  readonly busy: ReadonlySet<string>;
}

/** Builds first: one that ends in between is then seen as live, or its workspace as changed. */
async function glance(store: Store): Promise<Glance> {
  const busy = new Set((await store.liveBuilds()).map(({ workspaceId }) => workspaceId));
  return { workspaces: new Map((await store.listWorkspaces()).map((one) => [one.id, one])), busy };
}

async function worldOf(
  deps: SweepDeps,
  plan: SweepPlan,
  before: Glance,
  { objects }: Listing,
): Promise<ReadonlyMap<string, SweptWorkspace>> {
  const after = await glance(deps.store);
  const named = new Set(objects.flatMap(({ workspaceId }) => workspaceId ?? []));
  const world = new Map<string, SweptWorkspace>();
  for (const workspace of after.workspaces.values()) {
    const inScope = plan.templateIds.has(workspace.templateId);
    if (!inScope && !named.has(workspace.id)) continue;
    const quiet =
      !before.busy.has(workspace.id) &&
      !after.busy.has(workspace.id) &&
      before.workspaces.get(workspace.id)?.rowVersion === workspace.rowVersion;
    world.set(workspace.id, swept(deps, plan, workspace, { quiet, inScope }));
  }
  for (const id of named) {
    const gone = world.has(id) ? undefined : await deletedWorkspace(deps.store, id);
    // Still listed before the look: it was deleted meanwhile, and its objects may be from just before.
    if (gone !== undefined) world.set(id, swept(deps, plan, gone, { quiet: !before.workspaces.has(id), inScope: false }));
  }
  return world;
}

/** A workspace of this store that is deleted; undefined when the id is somebody else's. */
function deletedWorkspace(store: Store, id: string): Promise<Workspace | undefined> {
  return store.getWorkspace(id).catch((error: unknown) => {
    if (error instanceof StoreError && error.code === 'not_found') return undefined;
    throw error;
  });
}

function swept(
  deps: SweepDeps,
  { source }: SweepPlan,
  workspace: Workspace,
  more: Pick<SweptWorkspace, 'quiet' | 'inScope'>,
): SweptWorkspace {
  const path = workspacePaths(deps.home, workspace.id).state;
  const state = deps.readState(path);
  const ok = state.kind === 'ok';
  return {
    id: workspace.id,
    name: `${workspace.ownerName}/${workspace.name}`,
    phase: workspace.phase,
    versionId: workspace.versionId,
    state: state.kind,
    resources: ok ? state.resources.filter(({ mode }) => mode === 'managed') : [],
    texts: ok && source.kind === 'process' ? deps.readTexts(path) : new Set(),
    ...more,
  };
}
