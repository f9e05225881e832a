import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webPage } from '../../../src/server/web.ts';

describe('the files of the page', () => {
  let folder: string;
  let app: FastifyInstance;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'prebuilds-web-'));
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html>');
    writeFileSync(join(folder, 'assets', 'main-abc.js'), 'run()');
    app = fastify();
    await webPage(folder).routes(app);
  });
  afterEach(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });
  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers });

  it('are the page, asked for again each time, and assets that are kept for ever', async () => {
    const page = await get('/');
    expect([page.body, page.headers['content-type'], page.headers['cache-control']]).toEqual([
      '<!doctype html>',
      'text/html; charset=utf-8',
      'no-cache',
    ]);
    const asset = await get('/assets/main-abc.js');
    expect([asset.headers['content-type'], asset.headers['cache-control']]).toEqual([
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ]);
    expect((await app.inject({ method: 'HEAD', url: '/' })).statusCode).toBe(200);
  });

  it('are not sent again to who has them', async () => {
    const { headers } = await get('/');
    for (const known of [String(headers.etag), `"other", W/${String(headers.etag)}`]) {
      const again = await get('/', { 'if-none-match': known });
      expect([again.statusCode, again.body]).toEqual([304, '']);
    }
  });

  it('are zipped for who reads that', async () => {
    const answer = await get('/', { 'accept-encoding': 'br, gzip' });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(answer.rawPayload).toString()).toBe('<!doctype html>');
  });

  it.each(['/assets/none.js', '/assets/', '/assets/..%2findex.html', '/assets/../index.html', '/index.html', '/etc/passwd'])(
    'are nothing else: %s',
    async (url) => {
      expect((await get(url)).statusCode).toBe(404);
    },
  );

  it('must be there', async () => {
    await expect(webPage(join(folder, 'none')).routes(fastify())).rejects.toMatchObject({ code: 'web_missing' });
  });
});
