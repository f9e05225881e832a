type Methods = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/**
 * An API whose code is read when it is first used: a command pays for what it asks alone. Every method is asynchronous, so nobody can
 * tell the difference.
 */
export function lazily<T extends { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> }>(load: () => Promise<T>): T {
  let loaded: Promise<T> | undefined;
  return new Proxy({} as T, {
    get:
      (_, name) =>
      async (...args: readonly unknown[]) => {
        const api = (await (loaded ??= load())) as unknown as Methods;
        return api[String(name)]?.(...(args as never[]));
      },
  });
}
