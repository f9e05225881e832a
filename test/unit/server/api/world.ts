import type { AddressInfo } from 'node:net';
import type { App } from '../../../../src/api/app.ts';
import { createRemoteApp } from '../../../../src/app/remote/app.ts';
import type { Bearer, TokenRole } from '../../../../src/domain/token.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { sha256, systemIds } from '../../../../src/kit/ids.ts';
import { silentLogger } from '../../../../src/kit/logger.ts';
import { apiPlugins } from '../../../../src/server/api/plugin.ts';
import { createHttpServer } from '../../../../src/server/http/server.ts';

/** One call of the application, as `templates.show`, with what it was given. */
export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

export type Answers = Readonly<Record<string, (...args: never[]) => unknown>>;

const PARTS = ['templates', 'pools', 'workspaces', 'audit', 'people', 'hooks', 'sweeps', 'keep', 'tokens'];

/** An application that notes every call, and answers as the table says. */
export function recordingApp(calls: Call[], answers: Answers): App {
  const method =
    (name: string) =>
    (...args: readonly unknown[]): Promise<unknown> => {
      calls.push({ name, args });
      // As an asynchronous function throws.
      return Promise.resolve().then(() => answers[name]?.(...(args as never[])));
    };
  const part = (of: string) => new Proxy({}, { get: (_, name) => method(`${of}.${String(name)}`) });
  return new Proxy({} as App, {
    get: (_, name) => (PARTS.includes(String(name)) ? part(String(name)) : method(String(name))),
  });
}

export interface World {
  readonly url: string;
  readonly calls: Call[];
  readonly remote: App;
  /** Who was answered as, in order. */
  readonly asked: readonly { readonly caller: Bearer; readonly organization: string | undefined }[];
  /** Tokens that open nothing any more. */
  readonly revoked: Set<string>;
  readonly end: AbortController;
  readonly close: () => Promise<void>;
}

export const tokenOf = (role: TokenRole): string => `pb_${sha256(role).slice(0, 43)}`;

export const bearerOf = (role: TokenRole): Bearer => ({
  person: { id: `id-${role}`, username: role === 'member' ? 'ann' : role, fullName: '', email: '', isSystem: false },
  role,
  tokenId: `token-${role}`,
});

/** A real server on loopback with a recorded application, and the remote application of one role. */
export async function openWorld(answers: Answers, role: TokenRole = 'admin', organization?: string): Promise<World> {
  const calls: Call[] = [];
  const asked: { caller: Bearer; organization: string | undefined }[] = [];
  const end = new AbortController();
  const revoked = new Set<string>();
  const roles = (['admin', 'member', 'agent-read'] as const).map((one) => [sha256(tokenOf(one)), bearerOf(one)] as const);
  const app = recordingApp(calls, answers);
  const server = await createHttpServer({
    clock: systemClock,
    logger: silentLogger,
    listen: { host: '127.0.0.1', port: 0 },
    allowedHosts: [],
    findToken: (hash) => Promise.resolve([...revoked].some((one) => sha256(one) === hash) ? undefined : new Map(roles).get(hash)),
    ready: () => Promise.resolve(),
    metrics: () => Promise.resolve(''),
    plugins: apiPlugins({
      appFor: (caller, of) => {
        asked.push({ caller, organization: of });
        return app;
      },
      news: () => ({ take: () => Promise.resolve(), next: (_afterMs, signal) => systemClock.sleep(5, signal) }),
      // Time passes quickly for what is looked at now and then.
      clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) },
      logger: silentLogger,
      version: '1.2.3',
    }),
    closing: end.signal,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${String((server.server.address() as AddressInfo).port)}`;
  return {
    url,
    calls,
    asked,
    revoked,
    remote: createRemoteApp({ url, token: tokenOf(role), organization, clock: systemClock, ids: systemIds }),
    end,
    close: async () => {
      end.abort();
      server.server.closeAllConnections();
      await server.close();
    },
  };
}
