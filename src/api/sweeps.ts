import type { Finding, SweepResult } from '../domain/sweep.ts';

export interface SweepFinding extends Finding {
  /** What a person does about it; undefined for what is somebody else's. */
  readonly remedy: string | undefined;
}

export interface SweepView extends Omit<SweepResult, 'findings'> {
  readonly findings: readonly SweepFinding[];
}

export interface SweepReport {
  readonly results: readonly SweepView[];
  /** What was removed, or with `dryRun` what would be. */
  readonly removed: readonly Finding[];
  /** Addresses of suspects that this look resolved. */
  readonly resolved: readonly string[];
}

/** Something that may exist although no state knows it (SM R5). */
export interface SuspectView {
  readonly address: string;
  readonly type: string;
  readonly workspaceId: string;
  /** `owner/name`. */
  readonly workspace: string;
  /** Milliseconds UTC. */
  readonly at: number;
  /** What a person does about it. */
  readonly remedy: string;
}

export interface SweepApi {
  /** Looks now at the sources of a template, or of all; keeps the result unless `dryRun`. */
  run(input: {
    readonly template?: string | undefined;
    readonly dryRun: boolean;
    readonly remove: boolean;
  }): Promise<SweepReport>;
  /** What the configured sources said when they were last looked at. */
  last(): Promise<readonly SweepView[]>;
  /** What may exist outside the states, until a sweep or a person resolves it; oldest first. */
  suspects(): Promise<readonly SuspectView[]>;
  /** Somebody looked, and nothing that is suspected of this workspace exists. Returns the addresses; UserError without such a workspace. */
  declareAbsent(workspace: string): Promise<readonly string[]>;
}
