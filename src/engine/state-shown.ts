import { readFileSync } from 'node:fs';
import { instancesOf, type Instance } from './state-agents.ts';
import { list, object, text, type Json } from './untyped.ts';

/** An app of an agent (`coder_app`), as the last apply left it. */
export interface StateApp {
  readonly slug: string;
  readonly displayName: string;
  /** Id of its agent. */
  readonly agentId: string;
  readonly url: string | undefined;
  readonly command: string | undefined;
  readonly external: boolean;
  readonly hidden: boolean;
  /** Whether the template says how to find out about its health. */
  readonly hasHealthcheck: boolean;
}

/** One item of a `coder_metadata`. */
export interface StateMetadata {
  /** Id of the resource that it describes. */
  readonly resourceId: string;
  /** Address of the `coder_metadata`. */
  readonly address: string;
  readonly key: string;
  /** undefined = sensitive: such a value is never shown. */
  readonly value: string | undefined;
}

export interface StateShown {
  readonly apps: readonly StateApp[];
  readonly metadata: readonly StateMetadata[];
}

/** Apps and metadata of a state file, in address order, without values that are marked sensitive; nothing when there is no readable state. */
export function readStateShown(path: string): StateShown {
  try {
    return parseStateShown(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { apps: [], metadata: [] };
    throw error;
  }
}

/** The same for a text. */
export function parseStateShown(content: string): StateShown {
  let state: Json | undefined;
  try {
    state = object(JSON.parse(content));
  } catch {
    return { apps: [], metadata: [] };
  }
  const all = list(state?.['resources']).flatMap(instancesOf);
  return {
    apps: all.filter(({ type }) => type === 'coder_app').map(appOf),
    metadata: all.filter(({ type, values }) => type === 'coder_metadata' && values['hide'] !== true).flatMap(itemsOf),
  };
}

function appOf(app: Instance): StateApp {
  const word = (name: string): string | undefined => {
    const value = text(app.values[name]);
    return value === undefined || value === '' || isSensitive(app, name) ? undefined : value;
  };
  const slug = word('slug') ?? app.name;
  return {
    slug,
    displayName: word('display_name') ?? slug,
    agentId: word('agent_id') ?? '',
    url: word('url'),
    command: word('command'),
    external: app.values['external'] === true,
    hidden: app.values['hidden'] === true,
    hasHealthcheck: list(app.values['healthcheck']).length > 0,
  };
}

function itemsOf(metadata: Instance): readonly StateMetadata[] {
  const secret = isSensitive(metadata, 'item');
  return list(metadata.values['item']).map((item) => ({
    resourceId: text(metadata.values['resource_id']) ?? '',
    address: metadata.address,
    key: text(item['key']) ?? '',
    value: secret || item['sensitive'] === true ? undefined : (text(item['value']) ?? ''),
  }));
}

/** Whether the engine marks the attribute, or anything below it, as sensitive. */
const isSensitive = ({ sensitive }: Instance, attribute: string): boolean =>
  sensitive.some((path) => Array.isArray(path) && object(path[0])?.['value'] === attribute);
