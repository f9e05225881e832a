import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../support/json.ts';
import { asking } from '../support/asking.ts';
import { exited, killHard, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import { startServe } from '../support/serve.ts';
import { failing, plain, rebuilding } from '../support/templates.ts';

interface Payload {
  readonly schema: number;
  readonly id: string;
  readonly hook: string;
  readonly test: boolean;
  readonly event: { readonly kind: string; readonly seq: number };
  readonly template: string;
  readonly workspace: { readonly id: string; readonly name: string; readonly owner: string } | null;
  readonly claim: { readonly id: string; readonly servedAs: string } | null;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Post {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly payload: Payload;
}

/** A receiver on the loopback interface; `answer` says what each post gets, or keeps it waiting with undefined. */
async function receive(
  answer: (n: number) => number | undefined,
): Promise<{ url: string; posts: Post[]; close: () => Promise<void> }> {
  const posts: Post[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      posts.push({ headers: request.headers, body, payload: JSON.parse(body) as Payload });
      const status = answer(posts.length);
      if (status !== undefined)
        response.writeHead(status, { Location: '/elsewhere' }).end(status === 200 ? '' : 'not today\nsecond line');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook?key=hidden`,
    posts,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

interface Waiting {
  readonly id: string;
  readonly hook: string;
  readonly state: string;
  readonly attempts: number;
  readonly lastError: string | null;
}

describe('hooks', () => {
  let box: Sandbox;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(() => {
    box = makeSandbox({ HOOK_KEY: 'open sesame' });
  });
  afterEach(async () => {
    await box.dispose();
    for (const close of closing.splice(0)) await close();
  });

  const receiver = async (answer: (n: number) => number | undefined = () => 200) => {
    const server = await receive(answer);
    closing.push(server.close);
    return server;
  };
  const waiting = async (): Promise<readonly Waiting[]> => (await box.json('hooks', 'list')) as readonly Waiting[];
  /** Lets time pass for what waits for its next try, or for the end of a lease. */
  const makeDue = (): void => {
    const db = new Database(join(box.home, 'prebuilds.db'));
    db.exec('update outbox set next_try_at = 0 where done_at is null');
    db.close();
  };

  it('tell of ready prebuilds, claims, what they rebuilt and deleted workspaces, signed, and a claim waits for none of it', async () => {
    const server = await receiver();
    const hook = (name: string) => `  ${name}: { webhook: "${server.url}", secret_env: HOOK_KEY }\n`;
    box.config(`hooks:\n${['on_ready', 'on_claim', 'on_release', 'on_replace'].map(hook).join('')}`);
    await box.ok('template', 'push', box.template('rebuilding', rebuilding(1)));
    await box.ok('reconcile');
    expect(server.posts.map(({ payload }) => [payload.hook, payload.event.kind])).toEqual([['on_ready', 'prebuild.ready']]);
    const answer = (await box.json('claim', 'rebuilding', '--name', 'dev')) as Answer;
    // No pass is needed for it.
    await until('both hooks of the claim', () => (server.posts.length === 3 ? true : undefined));
    await until('the note of both', async () => ((await waiting()).length === 0 ? true : undefined));
    await box.ok('delete', 'dev');
    await box.ok('reconcile');

    const of = (name: string) => server.posts.filter(({ payload }) => payload.hook === name);
    const [claim] = of('on_claim');
    expect(of('on_claim')).toHaveLength(1);
    expect(claim?.payload).toMatchObject({
      schema: 1,
      test: false,
      template: 'rebuilding',
      preset: 'Standard',
      actor: 'anna',
      event: { kind: 'claim.served' },
      workspace: { id: answer.workspace.id, name: 'dev', owner: 'anna' },
      claim: { servedAs: 'warm' },
    });
    expect(of('on_replace')[0]?.payload.data).toMatchObject({
      rebuilt: [{ address: 'terraform_data.machine', action: 'replace', paths: ['triggers_replace'] }],
    });
    expect(of('on_release')[0]?.payload.workspace).toMatchObject({ id: answer.workspace.id, owner: 'anna' });
    for (const { headers, body, payload } of server.posts) {
      const signed = createHmac('sha256', 'open sesame')
        .update(`${String(headers['x-prebuilds-timestamp'])}.${body}`)
        .digest('hex');
      expect(headers['x-prebuilds-signature']).toBe(`sha256=${signed}`);
      expect(headers['x-prebuilds-id']).toBe(payload.id);
      expect(headers['x-prebuilds-event']).toBe(payload.hook);
    }
    expect(new Set(server.posts.map(({ payload }) => payload.id)).size).toBe(server.posts.length);
  });

  it('tell of claims in a server that makes no passes', async () => {
    const server = await receiver();
    box.config(`hooks:\n  on_claim: { webhook: "${server.url}", secret_env: HOOK_KEY }\n`);
    await box.ok('template', 'push', box.template('plain', plain(1)));
    await box.ok('reconcile');
    const served = await startServe(box, '--no-reconcile');
    const claim = await asking(served.url, await box.ok('token', 'create', '--role', 'admin'))('claims.create', {
      template: 'plain',
    });
    expect(claim.body).toMatchObject({ servedAs: 'warm' });
    await until('the hook of the claim', () => (server.posts.length === 1 ? true : undefined));
    const over = exited(served.child);
    served.child.kill('SIGTERM');
    expect(await over).toBe(0);
  });

  it('go to those who want this template only', async () => {
    const server = await receiver();
    box.config(
      `hooks:\n  on_ready:\n    - { webhook: "${server.url}", secret_env: HOOK_KEY, templates: [other] }\n` +
        `    - { webhook: "${server.url}", secret_env: HOOK_KEY, templates: [plain] }\n`,
    );
    await box.ok('template', 'push', box.template('plain', plain(1)));
    await box.ok('reconcile');
    expect(server.posts).toHaveLength(1);
  });

  it('are tried again after an error, with the same id and body; here of a breaker that opened', async () => {
    const server = await receiver((n) => (n <= 2 ? 500 : 200));
    box.config(`failures: { limit: 1 }\nhooks: { on_limit: { webhook: "${server.url}", secret_env: HOOK_KEY } }\n`);
    await box.ok('template', 'push', box.template('failing', failing(1)));
    expect((await box.run('reconcile')).code).toBe(3);
    expect(server.posts).toHaveLength(1);
    expect(await waiting()).toMatchObject([
      { hook: 'on_limit', state: 'waiting', attempts: 1, lastError: 'it answered 500: not today' },
    ]);
    // Its next try is a minute away.
    await box.run('reconcile');
    expect(server.posts).toHaveLength(1);
    makeDue();
    expect((await box.run('hooks', 'deliver')).code).toBe(1);
    makeDue();
    expect(await box.json('hooks', 'deliver')).toEqual({ delivered: 1, waiting: 0, givenUp: 0 });
    expect(await waiting()).toEqual([]);
    expect(server.posts).toHaveLength(3);
    expect(new Set(server.posts.map(({ body }) => body)).size).toBe(1);
    expect(server.posts[0]?.payload).toMatchObject({ hook: 'on_limit', template: 'failing', workspace: null });
  });

  it('are given up when their retries are used up: an event, a warning of doctor, and a way back', async () => {
    const server = await receiver((n) => (n === 1 ? 302 : 200));
    box.config(`hooks: { on_ready: { webhook: "${server.url}", secret_env: HOOK_KEY, retries: 0 } }\n`);
    await box.ok('template', 'push', box.template('plain', plain(1)));
    await box.ok('reconcile');
    const events = (await box.json('events')) as readonly { kind: string; reason: string; template: string }[];
    const failed = events.filter(({ kind }) => kind === 'hook.failed');
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ template: 'plain' });
    expect(failed[0]?.reason).toContain('it answered 302, and redirects are not followed');
    const doctor = await box.run('doctor');
    expect(doctor.stdout).toContain('was given up after 1 tries');
    expect(doctor.stdout + JSON.stringify(events) + box.log()).not.toContain('hidden');
    expect(await box.json('hooks', 'deliver', '--retry')).toMatchObject({ delivered: 1 });
    expect((await box.run('doctor')).stdout).not.toContain('given up after');
  });

  it('whose deliverer is killed before it could write it down are delivered again with the same id', async () => {
    const server = await receiver((n) => (n === 1 ? undefined : 200));
    box.config(`hooks: { on_ready: { webhook: "${server.url}", secret_env: HOOK_KEY, timeout: 60s } }\n`);
    await box.ok('template', 'push', box.template('plain', plain(1)));
    const reconcile = box.start('reconcile');
    await until('the first delivery', () => server.posts[0]);
    await killHard(reconcile);
    expect(await waiting()).toMatchObject([{ attempts: 1, state: 'waiting' }]);
    // Until the lease is over nobody else delivers it.
    expect(await box.json('hooks', 'deliver')).toMatchObject({ delivered: 0 });
    makeDue();
    expect(await box.json('hooks', 'deliver')).toMatchObject({ delivered: 1 });
    expect(server.posts).toHaveLength(2);
    expect(server.posts[1]?.payload.id).toBe(server.posts[0]?.payload.id);
    expect(server.posts[1]?.body).toBe(server.posts[0]?.body);
  });

  it('do not wait longer than their timeout', async () => {
    const server = await receiver(() => undefined);
    box.config(`hooks: { on_claim: { webhook: "${server.url}", secret_env: HOOK_KEY, timeout: 200ms } }\n`);
    const answer = await box.run('hooks', 'test', 'on_claim');
    expect(answer.code).toBe(1);
    expect(answer.stdout).toContain('no answer within 200 ms');
    expect(server.posts[0]?.payload).toMatchObject({ test: true, hook: 'on_claim', claim: { servedAs: 'warm' } });
  });

  it('run a command with the payload on stdin and no credentials; one that hangs is killed with its children', async () => {
    const out = join(box.folder, 'out');
    const script = join(box.folder, 'hook.sh');
    writeFileSync(script, `cat >"$1.json"; env >"$1.env"; [ "$2" = hang ] || exit 0; sleep 1000 & echo $! >"$1.child"; wait\n`);
    box.config(
      `env: { CLOUD_PASSWORD: not-for-hooks }\nhooks:\n` +
        `  on_ready: { command: [sh, ${script}, ${out}] }\n  on_claim: { command: [sh, ${script}, ${out}, hang], timeout: 3s, retries: 0 }\n`,
    );
    await box.ok('template', 'push', box.template('plain', plain(1)));
    await box.ok('reconcile');
    const payload = JSON.parse(readFileSync(`${out}.json`, 'utf8')) as Payload;
    expect(payload).toMatchObject({ hook: 'on_ready', template: 'plain', workspace: { owner: 'prebuilds' } });
    const env = readFileSync(`${out}.env`, 'utf8');
    expect(env).toContain('PREBUILDS_HOOK=on_ready');
    expect(env).toContain(`PREBUILDS_HOOK_ID=${payload.id}`);
    expect(env).not.toContain('not-for-hooks');
    await box.ok('claim', 'plain', '--name', 'dev');
    await until('the end of the hook', async () => ((await waiting())[0]?.state === 'given_up' ? true : undefined));
    const child = readFileSync(`${out}.child`, 'utf8').trim();
    await until('the end of the child', () => (existsSync(`/proc/${child}`) ? undefined : true));
  });
});
