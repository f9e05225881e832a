import type { AgentLife } from '../domain/agent.ts';

/** An agent of a workspace: what its template asks of it, and what it said last (spec 8.1). */
export interface AgentView {
  readonly name: string;
  /** undefined = it was not heard of and never will be: it is of a kind that is not served. */
  readonly lifecycle: AgentLife | undefined;
  readonly lifecycleAt: number | undefined;
  /** Generation that it works on; below that of the workspace while a claim has not reached it. 0 = it has not begun. */
  readonly generation: number;
  /** Last word of it, at most a minute late; undefined = none yet. */
  readonly heardAt: number | undefined;
  readonly scripts: readonly AgentScriptView[];
  readonly metadata: readonly AgentMetadataView[];
}

export interface AgentScriptView {
  /** As its log is called. */
  readonly id: string;
  readonly name: string;
  readonly runs: 'start' | 'stop' | 'both';
  /** undefined = it has not ended in this generation. */
  readonly exit: number | 'timeout' | undefined;
  readonly seconds: number | undefined;
}

/** One metadata item of an agent with its last value. */
export interface AgentMetadataView {
  readonly key: string;
  readonly name: string;
  /** undefined = not measured yet. */
  readonly value: string | undefined;
  readonly exit: number | 'timeout' | undefined;
  readonly measuredAt: number | undefined;
}

/** An app that the template declares (`coder_app`); it is not proxied. */
export interface AppView {
  readonly slug: string;
  readonly name: string;
  readonly agent: string | undefined;
  readonly url: string | undefined;
  readonly command: string | undefined;
  readonly external: boolean;
  readonly hidden: boolean;
  /** `disabled` = the template gives no health check; `unknown` = it does, and nobody here makes it. */
  readonly health: 'disabled' | 'unknown';
}

/** One item of `coder_metadata`. */
export interface MetadataView {
  /** Address of the resource that it describes. */
  readonly resource: string;
  readonly key: string;
  /** undefined = the template marks it sensitive. */
  readonly value: string | undefined;
}

export interface AgentLogsInput {
  /** Only this agent; undefined = all. */
  readonly agent?: string | undefined;
  /** Id or name of one script. */
  readonly script?: string | undefined;
  /** undefined = the newest one. */
  readonly generation?: number | undefined;
  /** Go on until the start scripts have ended. */
  readonly follow: boolean;
  readonly onLine: (line: AgentLogLine) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface AgentLogLine {
  readonly agent: string;
  /** Id of the script, as in AgentScriptView. */
  readonly script: string;
  readonly scriptName: string;
  readonly generation: number;
  readonly line: string;
}
