import type { ExpressionBuilder } from 'kysely';
import { SYSTEM_USER } from '../../../domain/types.ts';
import { readJson, shapes } from '../../json.ts';
import type { Schema, VersionRow, WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import { LIVE } from '../build/live.ts';
import { sameShapePresets } from '../catalog/shape.ts';

interface Wanted {
  readonly presetId: string;
  readonly now: number;
  readonly except: readonly string[];
  readonly rolling: boolean;
  readonly accessUrl: string;
  /** `on_replace: refuse`: none that a claim would rebuild (spec 6.3). */
  readonly refuseUnsafe?: boolean | undefined;
  /** Only this workspace. */
  readonly only?: string | undefined;
}

/**
 * The prebuild that a claim takes: of those that `isEligible` (domain/stock.ts) allows the one that was ready first. The rule is said
 * once more here, in SQL, because it must hold in the transaction that takes it; a contract test holds the two together.
 * `skip` of the oldest are for claims that waited longer.
 */
export async function oldestEligible(tx: Tx, wanted: Wanted, skip: number): Promise<WorkspaceRow | undefined> {
  const active = await activeVersionOf(tx, wanted.presetId);
  if (active === undefined) return undefined;
  const presets = wanted.rolling ? await sameShapePresets(tx.db, wanted.presetId) : [wanted.presetId];
  return tx.db
    .selectFrom('workspace')
    .innerJoin('preset', 'preset.id', 'workspace.preset_id')
    .innerJoin('build as first', (join) => join.onRef('first.workspace_id', '=', 'workspace.id').on('first.number', '=', 1))
    .selectAll('workspace')
    .where('workspace.preset_id', 'in', presets)
    .where('workspace.owner_id', '=', SYSTEM_USER.id)
    .where('workspace.phase', '=', 'ready')
    .where('workspace.deleted_at', 'is', null)
    .where('workspace.held_at', 'is', null)
    .where('workspace.invalidated_at', 'is', null)
    .where((eb) => madeAlike(eb, active, wanted))
    .where((eb) =>
      // Age counts from the row's insert (Coder 2.2).
      eb.or([
        eb('preset.ttl_ms', 'is', null),
        eb('preset.ttl_ms', '=', 0),
        eb(eb('workspace.created_at', '+', eb.ref('preset.ttl_ms')), '>=', wanted.now),
      ]),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('build')
            .select('build.id')
            .whereRef('build.workspace_id', '=', 'workspace.id')
            .where('build.state', 'in', LIVE),
        ),
      ),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('agent')
            .select('agent.name')
            .whereRef('agent.workspace_id', '=', 'workspace.id')
            .where('agent.lost_at', 'is not', null),
        ),
      ),
    )
    .$if(wanted.except.length > 0, (query) => query.where('workspace.id', 'not in', wanted.except))
    .$if(wanted.refuseUnsafe === true, (query) => query.where('workspace.claim_safety', '!=', 'unsafe'))
    .$if(wanted.only !== undefined, (query) => query.where('workspace.id', '=', wanted.only ?? ''))
    .orderBy('workspace.ready_at')
    .orderBy('workspace.id')
    .limit(1)
    .offset(skip)
    .executeTakeFirst();
}

type Tables = Schema & { first: Schema['build'] };

/** `isMadeAlike` of domain/stock.ts; a rolling pool also hands out what is not, until it is replaced. */
function madeAlike(eb: ExpressionBuilder<Tables, 'workspace' | 'first'>, active: VersionRow, wanted: Wanted) {
  if (wanted.rolling) return eb.lit(true);
  const { agents } = readJson(shapes.facts, 'version.facts', active.facts);
  return eb.and([
    eb('workspace.version_id', '=', active.id),
    eb('workspace.fingerprint', '=', active.fingerprint),
    agents.length === 0 ? eb.lit(true) : eb('first.access_url', '=', wanted.accessUrl),
  ]);
}

/** The version of a preset, if it is the active one. */
function activeVersionOf(tx: Tx, presetId: string): Promise<VersionRow | undefined> {
  return tx.db
    .selectFrom('version')
    .innerJoin('preset', 'preset.version_id', 'version.id')
    .selectAll('version')
    .where('preset.id', '=', presetId)
    .where('version.state', '=', 'active')
    .executeTakeFirst();
}
