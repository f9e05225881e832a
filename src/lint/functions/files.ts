import { posix } from 'node:path';
import { sha256 } from '../../kit/ids.ts';
import { FALSE, string, TRUE, type Value } from '../value.ts';
import { fail, notComputed, plain, type Arguments, type FunctionTable } from './call.ts';
import { hash } from './hashes.ts';

/** Whether a path is inside of the template folder: what is missing there is missing for the engine. Elsewhere we cannot know. */
const isInside = (path: string): boolean => !/^[/~\\]|^[A-Za-z]:/.test(path) && !posix.normalize(path).startsWith('..');

/** A function of a file that is there. */
const ofFile = (compute: (path: string, args: Arguments) => Value | undefined) =>
  plain(1, (args) => {
    const path = args.text(0);
    if (args.call.content.digest(path) === undefined && isInside(path)) fail(`there is no file ${path}`);
    return compute(path, args) ?? notComputed(args.call);
  });

function file(path: string, { call: { content } }: Arguments): Value | undefined {
  const text = content.text(path);
  if (text === undefined && content.digest(path) !== undefined) fail(`${path} is no UTF-8 text`);
  return text === undefined ? undefined : string(text);
}

/** The bytes of a file that is a text; those of others are only known by their digest. */
function ofBytes(compute: (bytes: Buffer) => string) {
  return ofFile((path, { call: { content } }) => {
    const text = content.text(path);
    return text === undefined || sha256(text) !== content.digest(path) ? undefined : string(compute(Buffer.from(text)));
  });
}

const digested = (encoding: 'hex' | 'base64') =>
  ofFile((path, { call: { content } }) => {
    const digest = content.digest(path);
    return digest === undefined ? undefined : string(Buffer.from(digest, 'hex').toString(encoding));
  });

function exists(args: Arguments): Value {
  const path = args.text(0);
  if (args.call.content.digest(path) !== undefined) return TRUE;
  return isInside(path) ? FALSE : notComputed(args.call);
}

/** Of the text, not of the file system: `.` for nothing. */
function baseName(path: string): string {
  const stripped = path.replace(/\/+$/, '');
  if (stripped === '') return path === '' ? '.' : '/';
  return stripped.slice(stripped.lastIndexOf('/') + 1);
}

function dirName(path: string): string {
  const dir = posix.normalize(path.slice(0, path.lastIndexOf('/') + 1));
  return dir.length > 1 ? dir.replace(/\/$/, '') : dir;
}

/** Paths are relative to the folder that the engine runs in, which is the template folder. */
export const FILES: FunctionTable = {
  abspath: plain(1, (args) => (args.text(0).startsWith('/') ? string(dirName(`${args.text(0)}/`)) : notComputed(args.call))),
  basename: plain(1, (args) => string(baseName(args.text(0))), 1),
  dirname: plain(1, (args) => string(dirName(args.text(0))), 1),
  file: ofFile(file),
  filebase64: ofBytes((bytes) => bytes.toString('base64')),
  filebase64sha256: digested('base64'),
  filebase64sha512: ofBytes((bytes) => hash('sha512', bytes, 'base64')),
  fileexists: plain(1, exists, 1),
  filemd5: ofBytes((bytes) => hash('md5', bytes)),
  fileset: plain(2, (args) => notComputed(args.call)),
  filesha1: ofBytes((bytes) => hash('sha1', bytes)),
  filesha256: digested('hex'),
  filesha512: ofBytes((bytes) => hash('sha512', bytes)),
  pathexpand: plain(1, (args) => (args.text(0).startsWith('~') ? notComputed(args.call) : string(args.text(0)))),
};
