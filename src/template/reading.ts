import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path/posix';
import { UserError } from '../kit/errors.ts';
import { isObject, literal, type HclObject, type HclParser } from './hcl.ts';
import { blockHeaders, type BlockHeader } from './scan.ts';
import { isConfigFile, type TemplateSource } from './source.ts';

/** A resource or data block as written. */
export interface ResourceBlock {
  readonly mode: 'data' | 'managed';
  readonly type: string;
  readonly name: string;
  readonly body: HclObject;
  readonly place: Place;
}

/** File relative to the template folder; line and column count from 1, 0 when unknown (JSON files). */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ModuleCall {
  readonly name: string;
  /** Undefined when it is not written out. */
  readonly source: string | undefined;
  /** Has count or for_each. */
  readonly repeated: boolean;
  readonly place: Place;
}

export interface VariableBlock {
  readonly name: string;
  /** As written, e.g. `string`, `list(string)`; undefined when there is none. */
  readonly type: string | undefined;
  readonly sensitive: boolean;
  readonly hasDefault: boolean;
  readonly place: Place;
}

/** What the text of one folder of configuration files says; nothing is evaluated. */
export interface FolderReading {
  /** Relative to the template folder; '' = the template itself. */
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly resources: readonly ResourceBlock[];
  readonly modules: readonly ModuleCall[];
  readonly variables: readonly VariableBlock[];
  /** Local name to source, of `required_providers`. */
  readonly requiredProviders: Readonly<Record<string, string>>;
  /** `backend "s3"` or `cloud`, where the template wrote one. */
  readonly backend: { readonly type: string; readonly place: Place } | undefined;
}

/** The template folder and all its local modules, the template itself first. */
export interface TemplateReading {
  readonly root: FolderReading;
  readonly folders: readonly FolderReading[];
  readonly hasRemoteModules: boolean;
}

/** `file:line:column` as far as it is known. */
export const placeText = (place: Place): string =>
  place.line === 0 ? place.file : `${place.file}:${String(place.line)}${place.column === 0 ? '' : `:${String(place.column)}`}`;

/**
 * First reading of a template (spec 4.1): exact syntax errors, blocks with their places, local modules followed. UserError
 * `hcl_syntax`, `module_outside` or `module_missing`, each with file and line.
 */
export async function readTemplate(
  source: TemplateSource,
  parser: HclParser,
  options: { tofu: boolean },
): Promise<TemplateReading> {
  const done = new Map<string, FolderReading>();
  const waiting = [''];
  let hasRemoteModules = false;
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    if (done.has(folder)) continue;
    const reading = await readFolder(source, folder, parser, options.tofu);
    done.set(folder, reading);
    for (const call of reading.modules) {
      const target = localModule(source, folder, call);
      if (target === undefined) hasRemoteModules = true;
      else waiting.push(target);
    }
  }
  const folders = [...done.values()];
  const [root] = folders;
  if (root === undefined) throw new UserError('template_empty', 'the template has no configuration file');
  return { root, folders, hasRemoteModules };
}

/** Folder of a local module relative to the template; undefined for remote ones. */
function localModule(source: TemplateSource, from: string, call: ModuleCall): string | undefined {
  if (call.source === undefined || !/^\.\.?(\/|$)/.test(call.source)) {
    if (call.source?.startsWith('/') === true) throw outside(call);
    return undefined;
  }
  const joined = normalize(join(from === '' ? '.' : from, call.source)).replace(/\/$/, '');
  if (joined === '..' || joined.startsWith('../')) throw outside(call);
  const target = joined === '.' ? '' : joined;
  if (!source.files.some((file) => folderOf(file.path) === target && isConfigFile(file.path, true))) {
    throw new UserError('module_missing', `${placeText(call.place)}: module "${call.name}" has no .tf file in ${call.source}`, {
      hint: 'correct the source of the module',
    });
  }
  return target;
}

const outside = (call: ModuleCall): UserError =>
  new UserError(
    'module_outside',
    `${placeText(call.place)}: module "${call.name}" is outside the template folder (${call.source ?? ''})`,
    {
      hint: 'copy the module into the template folder, or use a remote source with a version',
    },
  );

const folderOf = (path: string): string => {
  const dir = dirname(path);
  return dir === '.' ? '' : dir;
};

async function readFolder(source: TemplateSource, folder: string, parser: HclParser, tofu: boolean): Promise<FolderReading> {
  const all = source.files.filter((file) => folderOf(file.path) === folder && isConfigFile(file.path, tofu));
  // OpenTofu reads x.tofu in place of x.tf.
  const shadowed = new Set(
    tofu ? all.filter((file) => file.path.includes('.tofu')).map((file) => file.path.replace('.tofu', '.tf')) : [],
  );
  const files = all.filter((file) => !shadowed.has(file.path));
  const parsed = [];
  for (const file of files) {
    const text = await readFile(file.absolute, 'utf8');
    parsed.push({ path: file.path, text, body: await parser.parse(file.path, text) });
  }
  return { folder, files: parsed.map(({ path, text }) => ({ path, text })), ...readBodies(parsed) };
}

/** Reads every coder block of a folder outside the template, such as an installed remote module; syntax is the engine's matter there. */
export async function readModuleFolder(
  files: readonly { readonly path: string; readonly text: string }[],
  parser: HclParser,
): Promise<FolderReading> {
  const parsed = [];
  for (const file of files) parsed.push({ ...file, body: await parser.parse(file.path, file.text).catch(() => ({})) });
  return { folder: '', files, ...readBodies(parsed) };
}

type Parsed = { readonly path: string; readonly text: string; readonly body: HclObject };

function readBodies(files: readonly Parsed[]): Omit<FolderReading, 'folder' | 'files'> {
  const resources: ResourceBlock[] = [];
  const modules: ModuleCall[] = [];
  const variables: VariableBlock[] = [];
  const requiredProviders: Record<string, string> = {};
  let backend: FolderReading['backend'];
  for (const { path, text, body } of files) {
    const place = placer(path, path.endsWith('.json') ? [] : blockHeaders(text));
    resources.push(...readResources(body, place));
    modules.push(...readModules(body, place));
    variables.push(...readVariables(body, place));
    for (const terraform of bodies(body['terraform'])) {
      Object.assign(requiredProviders, readRequired(terraform));
      backend = readBackend(terraform, place) ?? backend;
    }
  }
  return { resources, modules, variables, requiredProviders, backend };
}

type Placer = (type: string, ...labels: readonly string[]) => Place;

function placer(file: string, headers: readonly BlockHeader[]): Placer {
  return (type, ...labels) => {
    const found = headers.find((header) => header.type === type && header.labels.join(' ') === labels.join(' '));
    return { file, line: found?.line ?? 0, column: found?.column ?? 0 };
  };
}

/** A block body is an array in parsed HCL, an object or an array in JSON files. */
export function bodies(value: unknown): readonly HclObject[] {
  return (Array.isArray(value) ? value : [value]).filter(isObject);
}

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  bodies(value).flatMap((body) => Object.entries(body));

function readResources(body: HclObject, place: Placer): ResourceBlock[] {
  const found: ResourceBlock[] = [];
  for (const [key, mode] of [
    ['data', 'data'],
    ['resource', 'managed'],
  ] as const) {
    for (const [type, named] of entriesOf(body[key])) {
      for (const [name, value] of entriesOf(named)) {
        for (const inner of bodies(value)) found.push({ mode, type, name, body: inner, place: place(key, type, name) });
      }
    }
  }
  return found;
}

function readModules(body: HclObject, place: Placer): ModuleCall[] {
  return entriesOf(body['module']).flatMap(([name, value]) =>
    bodies(value).map((call) => {
      const source = literal(call['source']);
      return {
        name,
        source: typeof source === 'string' ? source : undefined,
        repeated: 'count' in call || 'for_each' in call,
        place: place('module', name),
      };
    }),
  );
}

function readVariables(body: HclObject, place: Placer): VariableBlock[] {
  return entriesOf(body['variable']).flatMap(([name, value]) =>
    bodies(value).map((block) => ({
      name,
      type: typeof block['type'] === 'string' ? block['type'].replace(/^\$\{(.*)\}$/s, '$1') : undefined,
      sensitive: literal(block['sensitive']) === true,
      hasDefault: 'default' in block,
      place: place('variable', name),
    })),
  );
}

function readRequired(terraform: HclObject): Record<string, string> {
  const sources: Record<string, string> = {};
  for (const [name, value] of entriesOf(terraform['required_providers'])) {
    const source = isObject(value) ? literal(value['source']) : undefined;
    sources[name] = typeof source === 'string' ? source : `hashicorp/${name}`;
  }
  return sources;
}

function readBackend(terraform: HclObject, place: Placer): FolderReading['backend'] {
  const [type] = Object.keys(bodies(terraform['backend'])[0] ?? {});
  if (type !== undefined) return { type, place: place('backend', type) };
  return bodies(terraform['cloud']).length > 0 ? { type: 'cloud', place: place('cloud') } : undefined;
}
