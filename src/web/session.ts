import { tokenIn } from './route.ts';

const TOKEN = 'prebuilds.token';

/**
 * The token lives in sessionStorage: a reload keeps it, closing the tab forgets it, other tabs and other origins do not see it, and no request
 * carries it by itself as it would a cookie, so no other site can act with it.
 */
export const session = {
  token: (): string | undefined => sessionStorage.getItem(TOKEN) ?? undefined,
  signIn: (token: string): void => {
    sessionStorage.setItem(TOKEN, token);
  },
  signOut: (): void => {
    sessionStorage.removeItem(TOKEN);
  },
};

/** Takes the token of a login address, and takes it out of the address and of the history; says whether there was one. */
export function takeLoginLink(): boolean {
  const token = tokenIn(location.hash);
  if (token === undefined) return false;
  session.signIn(token);
  history.replaceState(null, '', location.pathname);
  return true;
}
