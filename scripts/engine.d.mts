/** Types of engine.mjs for the tests. */
export function ensureEngine(options?: {
  engine?: 'any' | 'terraform' | 'tofu';
  providers?: readonly string[];
}): Promise<{ engine: string; kind: 'terraform' | 'tofu'; cliConfig: string | null }>;
export function cacheDir(): string;
