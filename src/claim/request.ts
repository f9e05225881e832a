import type { Claim, MissCode, ParameterValues, Person, Preset, Template, Version, Workspace } from '../domain/types.ts';
import type { Actor } from '../store/store.ts';
import type { DriveOptions } from '../workspace/drive-options.ts';
import type { Wait } from './wait.ts';

/** A claim whose words were already resolved: names looked up, parameters complete and valid (spec 4.5, 4.6). */
export interface ClaimRequest {
  readonly template: Template;
  readonly version: Version;
  readonly preset: Preset | undefined;
  /** Why this one, or why none. */
  readonly presetReason: string;
  readonly parameters: ParameterValues;
  readonly owner: Person;
  readonly actor: Actor;
  readonly name: string;
  readonly requestId: string | undefined;
  readonly argsHash: string;
  /** Set when the pool cannot serve this request; the reason is told to the person. */
  readonly poolMismatch: string | undefined;
  readonly noPool: boolean;
  readonly noCold: boolean;
  /** Wait in line when nothing is eligible (spec 6.6). */
  readonly wait: Wait | undefined;
  /** Life of the workspace from the hand-over on (spec 6.9). */
  readonly ttlMs: number | undefined;
}

export interface ClaimOptions extends Pick<DriveOptions, 'signal' | 'onProgress' | 'providerSession'> {
  readonly onStep?: ((step: string) => void) | undefined;
  /** Called before a cold build begins. */
  readonly onCold?: (() => Promise<void>) | undefined;
}

export interface ClaimOutcome {
  readonly claim: Claim;
  /** undefined = the claim waits in line without a process. */
  readonly workspace: Workspace | undefined;
  readonly repeated: boolean;
}

/** Why the pool did not serve; without a code it was not asked, which is no miss. */
export interface Miss {
  readonly missReason: string;
  readonly missCode?: MissCode;
}

/** Pool of a request, in words. */
export const poolName = (request: ClaimRequest): string =>
  request.preset === undefined ? request.template.name : `${request.template.name}/${request.preset.name}`;
