/** Types of scripts/engine.mjs for the tests that use it. */
export interface FoundEngine {
  readonly engine: string;
  readonly kind: 'terraform' | 'tofu';
  /** File for TF_CLI_CONFIG_FILE; null when the public registry answers. */
  readonly cliConfig: string | null;
}
export function ensureEngine(options?: { engine?: string; providers?: readonly string[] }): Promise<FoundEngine>;
