import type { Parameter, Preset, PresetInput, Template, Variable, Version } from '../domain/types.ts';
import type { Actor } from './actor.ts';

export interface NewVersion {
  /** Chosen by the caller: the folder carries it. */
  readonly id: string;
  readonly templateName: string;
  /** Absent = where the one template of this name is, else `default`. */
  readonly organization?: string | undefined;
  readonly version: Omit<Version, 'id' | 'templateId' | 'number' | 'state' | 'pushedAt'>;
  readonly parameters: readonly Parameter[];
  readonly presets: readonly PresetInput[];
  readonly variables: readonly Variable[];
  readonly activate: boolean;
}

export interface CatalogStore {
  /** Makes the template if it is new, inserts the version with the next number, activates it if asked (see promoteVersion). */
  importVersion(input: NewVersion, actor: Actor): Promise<{ template: Template; version: Version }>;
  /**
   * By name, without case; deleted templates are not found. Without an organisation the only one of that name; UserError
   * ambiguous_template when several have it, unknown_organization.
   */
  findTemplate(name: string, organization?: string): Promise<Template | undefined>;
  getTemplate(id: string): Promise<Template>;
  listTemplates(): Promise<readonly Template[]>;
  listVersions(templateId: string): Promise<readonly Version[]>;
  getVersion(id: string): Promise<Version>;
  /** As they are by themselves, or with the values of a preset. */
  versionParameters(versionId: string, presetName?: string): Promise<readonly Parameter[]>;
  versionPresets(versionId: string): Promise<readonly Preset[]>;
  versionVariables(versionId: string): Promise<readonly Variable[]>;
  getPreset(id: string): Promise<Preset>;
  /** Makes a version active and the former one inactive; breakers of the template's pools close with failures = 0. */
  promoteVersion(templateId: string, versionId: string, actor: Actor): Promise<void>;
  /** Versions that were pushed with the engine at a path that is gone use this one, if it is of the same kind, major and minor. */
  replaceEngine(
    from: string,
    to: { readonly kind: Version['engineKind']; readonly path: string; readonly version: string },
  ): Promise<void>;
  deprecateTemplate(templateId: string, deprecated: boolean, actor: Actor): Promise<void>;
  /** First half of a template's deletion: from here no prebuild, cold build or claim of it starts. */
  markTemplateDeleting(templateId: string, actor: Actor): Promise<void>;
  /** Second half; false while a workspace that is not deleted refers to it. */
  finishTemplateDelete(templateId: string, actor: Actor): Promise<boolean>;
}
