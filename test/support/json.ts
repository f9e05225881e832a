/** The `--json` documents as far as the tests look at them: the contract of src/cli/render/json.ts, seen from outside. */

export interface WorkspaceRow {
  readonly id: string;
  /** `owner/name`. */
  readonly name: string;
  readonly owner: string;
  readonly status: string;
  readonly readyAt: string | null;
  readonly version: number;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Detail extends WorkspaceRow {
  readonly builds: readonly { readonly transition: string; readonly stage: string; readonly state: string }[];
}

export interface Answer {
  readonly workspace: WorkspaceRow;
  readonly servedAs: string;
  readonly missReason: string | null;
  readonly phasesMs: Readonly<Record<string, number>>;
  readonly rebuilt: readonly { readonly address: string; readonly paths?: readonly string[] }[];
  readonly agents: readonly { readonly name: string; readonly status: string; readonly seconds: number | null }[];
  readonly repeated: boolean;
}

export interface PoolRow {
  readonly pool: string;
  readonly desired: number;
  readonly running: number;
  readonly eligible: number;
  readonly failed: number;
  readonly stale: number;
  readonly failures: number;
  readonly breaker: string;
  readonly lastError: string | null;
}
