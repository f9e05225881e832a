export interface ServeInput {
  /** Version of the front end, for metrics. */
  readonly version: string;
  /** `HOST:PORT`, in place of the configured one. */
  readonly listen?: string | undefined;
  readonly reconcile: boolean;
  /** How often a pass looks at the world although nothing happened. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** Everything listens. */
  readonly onListening: (where: Serving) => void;
}

export interface Serving {
  /** Of page, API and metrics. */
  readonly url: string;
  /** `HOST:PORT` of the agent routes; undefined = agents are not heard. */
  readonly agents: string | undefined;
  /** Who has that address, so that agents are not heard until it ends: `another home`, or `another program`. */
  readonly agentsBarredBy?: string | undefined;
  readonly reconciles: boolean;
  /** Whether anybody can sign in: there is a token that opens something. */
  readonly hasToken: boolean;
}
