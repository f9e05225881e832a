import { createHash, type BinaryToTextEncoding } from 'node:crypto';
import { string } from '../value.ts';
import { fail, plain, type FunctionTable } from './call.ts';

export const hash = (algorithm: string, data: string | Buffer, encoding: BinaryToTextEncoding = 'hex'): string =>
  createHash(algorithm).update(data).digest(encoding);

const hashed = (algorithm: string, encoding: BinaryToTextEncoding) =>
  plain(1, (args) => string(hash(algorithm, args.text(0), encoding)));

/** The namespaces of RFC 4122 differ in one byte only. */
const namespace = (byte: string): string => `6ba7b81${byte}-9dad-11d1-80b4-00c04fd430c8`;
const NAMESPACES: ReadonlyMap<string, string> = new Map([
  ['dns', namespace('0')],
  ['url', namespace('1')],
  ['oid', namespace('2')],
  ['x500', namespace('4')],
]);

/** A UUID made of a namespace and a name (RFC 4122, version 5). */
function uuidV5(space: string, name: string): string {
  const id = NAMESPACES.get(space) ?? space;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) fail('uuidv5 needs a namespace');
  const bytes = createHash('sha1')
    .update(Buffer.from(id.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export const HASHES: FunctionTable = {
  base64sha256: hashed('sha256', 'base64'),
  base64sha512: hashed('sha512', 'base64'),
  md5: hashed('md5', 'hex'),
  sha1: hashed('sha1', 'hex'),
  sha256: hashed('sha256', 'hex'),
  sha512: hashed('sha512', 'hex'),
  uuidv5: plain(2, (args) => string(uuidV5(args.text(0), args.text(1)))),
};
