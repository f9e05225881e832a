import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StoreError } from '../kit/errors.ts';
import type { HttpPlugin } from './http/types.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** Names in assets/ carry a hash of their content, so what was fetched once is good for ever. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Asked again each time, and answered with 304 as long as it is the same. */
const ASK_AGAIN = 'no-cache';

interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
  readonly content: Buffer;
  readonly zipped: Buffer;
}

const zip = promisify(gzip);

/**
 * The web page (spec 8.4): the files of `folder`, read once and never looked up by a path of a request. They need no token: what is in them
 * is in the package, and every question they ask needs one. StoreError web_missing when the folder has no page.
 */
export function webPage(folder: string): HttpPlugin {
  return {
    open: true,
    routes: async (app) => {
      for (const [path, file] of await readPage(folder)) {
        app.get(path, (request, reply) => send(file, request, reply));
      }
    },
  };
}

async function readPage(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  try {
    const assets = readdirSync(join(folder, 'assets'));
    return new Map([
      ['/', await readFile(join(folder, 'index.html'), ASK_AGAIN)] as const,
      ...(await Promise.all(
        assets.map(async (name) => [`/assets/${name}`, await readFile(join(folder, 'assets', name), FOR_EVER)] as const),
      )),
    ]);
  } catch (cause) {
    throw new StoreError('web_missing', `the files of the web page cannot be read from ${folder}`, {
      hint: 'install prebuilds again',
      cause,
    });
  }
}

async function readFile(path: string, cache: string): Promise<PageFile> {
  const content = readFileSync(path);
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  return { type: TYPES[extname(path)] ?? 'application/octet-stream', etag, cache, content, zipped: await zip(content) };
}

function send({ type, etag, cache, content, zipped }: PageFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.headers({ 'cache-control': cache, etag, vary: 'accept-encoding' });
  const known = request.headers['if-none-match'] ?? '';
  if (known.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)) return reply.code(304).send();
  void reply.type(type);
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(content);
  return reply.header('content-encoding', 'gzip').send(zipped);
}
