import type { ParameterValues } from '../domain/types.ts';
import type { EngineInfo } from '../engine/engine.ts';

/** A staged version as the engine sees it. */
export interface StagedVersion {
  readonly engine: EngineInfo;
  /** Working directory: the copied template. */
  readonly source: string;
  /** TF_DATA_DIR. */
  readonly data: string;
  /** Values of variables, as a JSON file. */
  readonly variables: string;
  readonly signal?: AbortSignal | undefined;
}

export interface EvaluationRequest extends StagedVersion {
  readonly templateName: string;
  /** Values given to the parameters; the others take their defaults. */
  readonly parameters: ParameterValues;
  /** Only these addresses; undefined = the whole template, which may need credentials. */
  readonly targets: readonly string[] | undefined;
  readonly accessUrl: string;
  readonly loader: number;
}

/**
 * What push needs of the engine. Both throw InterruptedError when the signal aborts; nothing is applied, ever.
 */
export interface VersionEvaluator {
  /** `init`, once. EngineError `provider_unavailable`, `module_unavailable` or `init_failed`. */
  init(version: StagedVersion): Promise<void>;
  /**
   * A plan as the system user, as `show -json` prints it. UserError `template_invalid` when the template is at fault (with
   * `details.decisive` true when no other way of asking would help), EngineError `evaluation_failed` otherwise.
   */
  evaluate(request: EvaluationRequest): Promise<unknown>;
}
