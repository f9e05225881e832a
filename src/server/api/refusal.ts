import { UserError } from '../../kit/errors.ts';

/** What the role of a token does not allow. */
export const forbidden = (what: string, role: 'admin' | 'member' = 'admin'): UserError =>
  new UserError('forbidden', `the ${role} role is needed for ${what}`, { hint: 'ask an administrator, or use another token' });

/** A method that this role may not call. */
export const refuse =
  (what: string, role: 'admin' | 'member' = 'admin') =>
  (): Promise<never> =>
    Promise.reject(forbidden(what, role));

type Methods = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** Every method of a part refused but those given. */
export const onlyThese = <T extends { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> }>(
  allowed: Partial<T>,
  what: string,
  role: 'admin' | 'member' = 'admin',
): T =>
  new Proxy({} as T, {
    get: (_, name) => (allowed as Methods)[String(name)] ?? refuse(what, role),
  });
