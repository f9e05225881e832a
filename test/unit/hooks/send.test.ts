import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HookTarget } from '../../../src/domain/hooks.ts';
import { send, type SendDeps } from '../../../src/hooks/send.ts';
import { sign } from '../../../src/hooks/sign.ts';
import { UserError } from '../../../src/kit/errors.ts';

const deps: SendDeps = { env: { PATH: process.env['PATH'] ?? '' }, readSecret: () => 'key' };
const delivery = { id: 'i', hook: 'on_claim', payload: '{"a":1}', now: 1_700_000_000_500 } as const;
const command = (...argv: readonly string[]): HookTarget => ({
  templates: undefined,
  timeoutMs: 5000,
  retries: undefined,
  run: { command: argv },
});
const webhook = (url: string, timeoutMs = 5000): HookTarget => ({
  templates: undefined,
  timeoutMs,
  retries: undefined,
  run: { webhook: url, secret: { env: 'KEY' } },
});

it('signs time and body as any HMAC tool does', () => {
  // printf '1700000000.{}' | openssl dgst -sha256 -hmac key
  expect(sign('key', '1700000000', '{}')).toBe('sha256=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae');
});

describe('a command', () => {
  it('gets the payload on stdin and the environment given, and nothing more', async () => {
    const script =
      '[ "$(cat)" = "{\\"a\\":1}" ] && [ "$PREBUILDS_HOOK" = on_claim ] && [ "$PREBUILDS_HOOK_ID" = i ] && [ -z "$HOME" ]';
    expect(await send(deps, command('sh', '-c', script), delivery)).toBeUndefined();
  });

  it('that does not read its input is fine', async () => {
    expect(await send(deps, command('true'), { ...delivery, payload: 'x'.repeat(1_000_000) })).toBeUndefined();
  });

  it('is given as words, never to a shell', async () => {
    expect(await send(deps, command('test', '$(id)', '=', '$(id)'), delivery)).toBeUndefined();
  });

  it.each([
    [command('sh', '-c', 'echo first >&2; echo why >&2; exit 3'), 'it exited 3: why'],
    [command('sh', '-c', 'kill -9 $$'), 'it exited SIGKILL'],
    [command('/nonexistent/program'), 'it could not be started: ENOENT'],
    [{ ...command('sleep', '1000'), timeoutMs: 50 }, 'it did not end within 50 ms and was killed'],
  ])('says why it failed (%#)', async (target, words) => {
    expect(await send(deps, target, delivery)).toBe(words);
  });

  it('may leave something in the background', async () => {
    expect(await send(deps, command('sh', '-c', 'sleep 5 & exit 0'), delivery)).toBeUndefined();
  });
});

describe('a webhook', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  const serve = async (listener: RequestListener): Promise<string> => {
    const made = createServer(listener);
    server = made;
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((made.address() as AddressInfo).port)}/a?key=hidden`;
  };

  it.each([200, 201, 204])('is done with %i', async (status) => {
    const url = await serve((_request, response) => response.writeHead(status).end());
    expect(await send(deps, webhook(url), delivery)).toBeUndefined();
  });

  it('does not follow a redirect', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.url);
      response.writeHead(307, { Location: '/b' }).end();
    });
    expect(await send(deps, webhook(url), delivery)).toBe('it answered 307, and redirects are not followed');
    expect(seen).toEqual(['/a?key=hidden']);
  });

  it('reads no more of an answer than it shows', async () => {
    let closed = 0;
    const url = await serve((_request, response) => {
      response.writeHead(500);
      response.on('close', () => (closed += 1));
      const more = () => {
        while (response.write('x'.repeat(10_000)));
        response.once('drain', more);
      };
      more();
    });
    expect(await send(deps, webhook(url), delivery)).toBe(`it answered 500: ${'x'.repeat(200)}`);
    await expect.poll(() => closed).toBe(1);
  });

  it('that cannot be reached is told without its address', async () => {
    const url = await serve(() => undefined);
    const silent = await send(deps, webhook(url, 50), delivery);
    expect(silent).toBe('no answer within 50 ms');
    const gone = await send(deps, webhook('http://127.0.0.1:1/hidden'), delivery);
    expect(gone).toMatch(/^it could not be reached: /);
    expect(gone).not.toContain('hidden');
  });

  it('is not posted without its secret', async () => {
    const readSecret = () => {
      throw new UserError('x', 'its secret is not there: variable KEY is not set');
    };
    expect(await send({ ...deps, readSecret }, webhook('http://127.0.0.1:1/'), delivery)).toBe(
      'its secret is not there: variable KEY is not set',
    );
  });
});
