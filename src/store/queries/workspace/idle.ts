import type { WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import { liveBuildRow } from '../build/read.ts';

/** Neither a live build nor a live claim (a claim holds its workspace through `claim_id`). */
export const isIdle = async (tx: Tx, row: WorkspaceRow): Promise<boolean> =>
  row.claim_id === null && (await liveBuildRow(tx.db, row.id)) === undefined;
