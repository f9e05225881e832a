import type { Parameter, Preset, Template, VariableSource, Version } from '../domain/types.ts';
import type { RunOptions } from './run-options.ts';

export interface PushInput {
  readonly dir: string;
  readonly name?: string | undefined;
  readonly variables: readonly VariableSource[];
  readonly message?: string | undefined;
  readonly activate: boolean;
  /** Presets from the text alone, no engine plan. */
  readonly static: boolean;
  readonly onProgress?: ((step: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PushReport {
  readonly template: Template;
  readonly version: Version;
  /** Content equal to an existing version: nothing was stored. */
  readonly unchanged: boolean;
  readonly presets: readonly Preset[];
  readonly warnings: readonly string[];
  /** What the next reconcile will do, in words. */
  readonly next: string;
}

export interface PresetView {
  readonly organization: string;
  readonly template: string;
  readonly preset: Preset;
  readonly desired: number;
  readonly ready: number;
  /** undefined = the size never changes. */
  readonly nextChange: { readonly at: number; readonly instances: number } | undefined;
}

export interface TemplateApi {
  push(input: PushInput): Promise<PushReport>;
  list(): Promise<readonly { template: Template; active: Version | undefined; workspaces: number; prebuilds: number }[]>;
  versions(name: string): Promise<readonly Version[]>;
  show(
    name: string,
  ): Promise<{ template: Template; version: Version; parameters: readonly Parameter[]; presets: readonly Preset[] }>;
  /** Makes version `number` active; also rolls back. */
  promote(name: string, number: number): Promise<Version>;
  deprecate(name: string, deprecated: boolean): Promise<void>;
  /** Drains the pool first; refuses while people have workspaces of it. */
  delete(name: string, options: RunOptions): Promise<{ deletedPrebuilds: number }>;
  presets(name?: string): Promise<readonly PresetView[]>;
}
