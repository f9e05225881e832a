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
 * What push needs of the engine. `init` and `evaluate` throw InterruptedError when the signal aborts; nothing is applied, ever.
 */
export interface VersionEvaluator {
  /** `init`, once. EngineError `provider_unavailable`, `module_unavailable` or `init_failed`. */
  init(version: StagedVersion): Promise<void>;
  /** Whether the variables take their values: a plan of the coder blocks alone leaves most of them out. UserError `variable_value`. */
  checkVariables(version: StagedVersion): Promise<void>;
  /**
   * Compares the installed packages of these providers with the lock file and remembers that they fit, so that no build has to. Never fails:
   * one that does not fit is refused by whoever would use it.
   */
  checkProviders(version: StagedVersion, addresses: readonly string[]): Promise<void>;
  /**
   * A plan as the system user, as `show -json` prints it. UserError `template_invalid` when the template is at fault (with
   * `details.decisive` true when no other way of asking would help), EngineError `evaluation_failed` otherwise.
   */
  evaluate(request: EvaluationRequest): Promise<unknown>;
}
