import type { JobLanes } from '../domain/lanes.ts';
import type { Build, BuildState, Driver, ErrorClass, PlannedChange, Run, Suspect } from '../domain/types.ts';
import type { NewAgent } from './agent-store.ts';

export interface BuildStore {
  getBuild(id: string): Promise<Build>;
  listBuilds(workspaceId: string): Promise<readonly Build[]>;
  liveBuild(workspaceId: string): Promise<Build | undefined>;
  /** All live builds of all workspaces, oldest first: what the repairer looks at. */
  liveBuilds(): Promise<readonly Build[]>;
  /** Takes or renews the right to drive: succeeds only when the build is live and its driver is still `expected`. */
  takeBuild(buildId: string, expected: Driver | undefined, me: Driver): Promise<Build | undefined>;
  /**
   * A live build, and the claim that it is for, are nobody's any more: `me` drove them, lives on, and leaves them. Somebody else's stay as they
   * are. With a reason it is told, so that a server takes the build over at once.
   */
  letGo(buildId: string, me: Driver, reason?: string): Promise<void>;
  /**
   * Compare-and-set of the state (SM section 2). W3 is queued -> planning (phase queued -> provisioning in the same tx); a claim build's
   * planned -> applying is W11 (slot freed, claim -> applying). false = somebody else moved it, and nothing of `patch` is kept. `suspects` is what
   * the run that was just judged may have left outside the state (SM R5): it is listed however the build ends.
   */
  moveBuild(
    buildId: string,
    from: BuildState,
    to: BuildState,
    patch?: {
      changes?: readonly PlannedChange[];
      recoveries?: number;
      attempts?: number;
      suspects?: readonly Pick<Suspect, 'address' | 'type'>[];
    },
  ): Promise<boolean>;
  /**
   * The end of a build in one tx: build -> succeeded | failed | canceled, workspace by the transition table: start -> warming (W5; a
   * person's workspace goes on to ready at once, or waits for its agents) or failed (W6: slot freed, pool failure, counter), claim succeeded -> W12, stop ->
   * stopped (W20), delete -> deleted when no suspect is open (W17) or stays deleting with attempts + 1 and nextTryAt (W18).
   */
  finishBuild(
    buildId: string,
    outcome:
      | {
          readonly state: 'succeeded';
          readonly changes?: readonly PlannedChange[];
          /** What the workspace costs a day now; absent = what its plan said. */
          readonly dailyCost?: number | undefined;
          /** Agents of the state after this build (W5, W12); absent = they are left as they are. */
          readonly agents?: readonly NewAgent[];
          /** A person's workspace with agents is ready when they are (W5, W12); else it is ready with its build. */
          readonly warming?: boolean | undefined;
        }
      | {
          readonly state: 'failed' | 'canceled';
          readonly error: string;
          readonly errorClass: ErrorClass | undefined;
          /** Addresses that may exist outside the state (SM R5). */
          readonly suspects?: readonly Pick<Suspect, 'address' | 'type'>[];
          readonly nextTryAt?: number | undefined;
          /** A quota refused it before anything was applied: a person's workspace goes back to the phase it had, a new one is gone. */
          readonly refused?: 'quota' | undefined;
          /** What is left of the workspace costs a day: 0 only when nothing is; absent = not known. */
          readonly dailyCost?: number | undefined;
          /** Summary and address of a template-class failure: two equal ones in a row open the breaker. */
          readonly errorFingerprint?: string | undefined;
          /** The failed prebuild tells nothing, so it is destroyed at once (SM section 2, "verifying, stage create"). */
          readonly noEvidence?: boolean | undefined;
        },
  ): Promise<boolean>;
  /**
   * One of the job slots of this host for a build, from the lanes it may use (spec 5.4); true also when the build has one already. A
   * slot is free again when its build is no longer live.
   */
  takeSlot(buildId: string, lanes: JobLanes): Promise<boolean>;
  addRun(run: Omit<Run, 'exitCode' | 'consumedAt'>): Promise<void>;
  consumeRun(runId: string, exitCode: number | undefined): Promise<void>;
  listRuns(buildId: string): Promise<readonly Run[]>;
}
