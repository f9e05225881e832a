import { UserError } from '../kit/errors.ts';

const MAX_LENGTH = 32;
const NAME = /^[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$/;

type Named = 'workspace' | 'template' | 'group' | 'organisation';

/** What is wrong with a name by Coder's rule, in words; undefined = it is good. */
export function nameProblem(kind: Named, name: string): string | undefined {
  if (name === '') return `the ${kind} name is empty`;
  const start = `${kind} name "${name.slice(0, 2 * MAX_LENGTH)}"`;
  if (name.length > MAX_LENGTH)
    return `${start} has ${String(name.length)} characters; at most ${String(MAX_LENGTH)} are allowed`;
  if (/[^a-zA-Z0-9-]/.test(name)) return `${start} has characters other than letters, digits and hyphens`;
  if (!NAME.test(name)) return `${start} begins or ends with a hyphen, or has two in a row`;
  return undefined;
}

const LIKE: Readonly<Record<Named, string>> = {
  workspace: 'my-dev-2',
  template: 'docker',
  group: 'backend',
  organisation: 'research',
};

/** Throws a UserError unless the name is good. */
export function checkName(kind: Named, name: string): void {
  const problem = nameProblem(kind, name);
  if (problem !== undefined) throw new UserError('bad_name', problem, { hint: `use a name like ${LIKE[kind]}` });
}

export interface PoolName {
  readonly template: string;
  /** undefined = every pool of the template. */
  readonly preset: string | undefined;
}

/** Reads POOL: `template` or `template/preset`. Preset names may contain anything, slashes too; template names never do. */
export function parsePoolName(text: string): PoolName {
  const slash = text.indexOf('/');
  const template = slash < 0 ? text : text.slice(0, slash);
  const preset = slash < 0 ? undefined : text.slice(slash + 1);
  if (nameProblem('template', template) !== undefined || preset === '') {
    throw new UserError('bad_pool_name', `"${text}" does not name a pool`, { hint: 'write TEMPLATE or TEMPLATE/PRESET' });
  }
  return { template, preset };
}

/** The name of a pool: the opposite of parsePoolName. */
export const formatPoolName = ({ template, preset }: PoolName): string =>
  preset === undefined ? template : `${template}/${preset}`;

/**
 * Throws a UserError unless it can be the name of a user. Users come from the operating system, so only what would make `owner/name`
 * unreadable is refused.
 */
export function checkUsername(name: string): void {
  if (name !== '' && name.length <= 2 * MAX_LENGTH && !/[\s/]|\p{Cc}/u.test(name)) return;
  throw new UserError('bad_name', `"${name.slice(0, 2 * MAX_LENGTH)}" cannot be the name of a user`, {
    hint: 'use at most 64 characters, without spaces and slashes',
  });
}

/** Throws a UserError unless it can be the name of a token: it is typed, and shown in tables. */
export function checkTokenName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9._@-]{0,63}$/.test(name)) return;
  throw new UserError('bad_name', `"${name.slice(0, 2 * MAX_LENGTH)}" cannot be the name of a token`, {
    hint: 'use at most 64 letters, digits and . _ @ -',
  });
}
