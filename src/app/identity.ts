import { userInfo } from 'node:os';
import { checkUsername } from '../domain/names.ts';
import type { Person } from '../domain/types.ts';
import type { Store } from '../store/store.ts';

export interface CallerInput {
  /** `--owner`. */
  readonly owner?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Username of the caller: `--owner`, PREBUILDS_OWNER, the user behind sudo, the OS user (spec 3). Unauthenticated in local mode. */
export function callerName(input: CallerInput): string {
  const { env } = input;
  return input.owner ?? nonEmpty(env['PREBUILDS_OWNER']) ?? nonEmpty(env['SUDO_USER']) ?? userInfo().username;
}

const nonEmpty = (text: string | undefined): string | undefined => (text === undefined || text === '' ? undefined : text);

/**
 * The caller as a stored person. git is asked for full name and email once, when the person is new and it is really the caller:
 * a claim must not pay for two git processes every time.
 */
export async function findCaller(store: Store, input: CallerInput): Promise<Person> {
  const username = callerName(input);
  const known = await store.findPerson(username);
  if (known !== undefined) return known;
  if (input.owner !== undefined) {
    checkUsername(username);
    return store.ensurePerson({ username });
  }
  const [fullName, email] = await Promise.all([gitConfig('user.name'), gitConfig('user.email')]);
  return store.ensurePerson({ username, fullName, email });
}

async function gitConfig(key: string): Promise<string | undefined> {
  const { execa } = await import('execa');
  const answer = await execa('git', ['config', '--get', key], { reject: false, timeout: 3000, stdin: 'ignore' });
  return nonEmpty(typeof answer.stdout === 'string' ? answer.stdout.trim() : undefined);
}
