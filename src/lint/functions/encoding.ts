import { isUtf8 } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { isExact, string, type Value } from '../value.ts';
import { fail, notComputed, plain, type Arguments, type Call, type FunctionTable } from './call.ts';
import { parseCsv } from './csv.ts';
import { jsonText, parseJson } from './json.ts';
import { parseYaml } from './yaml.ts';

/** Largest text that is unpacked. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Strictly: padding is needed, line ends may be anywhere. */
function bytesOf(encoded: string): Buffer {
  const text = encoded.replace(/[\r\n]/g, '');
  const valid = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return valid ? Buffer.from(text, 'base64') : fail('the text is no base64');
}

const utf8 = (bytes: Buffer): Value => (isUtf8(bytes) ? string(bytes.toString('utf8')) : fail('the bytes are no UTF-8 text'));

function unpacked(encoded: string): Value {
  let bytes: Buffer;
  try {
    bytes = gunzipSync(bytesOf(encoded), { maxOutputLength: MAX_BYTES });
  } catch {
    return fail('the bytes are not packed');
  }
  return utf8(bytes);
}

type Charset = 'utf8' | 'utf16le' | 'utf16be' | 'latin1';
const CHARSETS: ReadonlyMap<string, Charset> = new Map([
  ['UTF-8', 'utf8'],
  ['UTF-16LE', 'utf16le'],
  ['UTF-16BE', 'utf16be'],
  ['ISO-8859-1', 'latin1'],
]);

/** The charsets that templates use; a result in another one is not computed. */
function encodeIn(args: Arguments): Value {
  const [of, charset] = [args.text(0), CHARSETS.get(args.text(1).toUpperCase())];
  if (charset === undefined) return notComputed(args.call);
  if (charset === 'latin1' && /[^\0-\xff]/.test(of)) fail('a character is not in this charset');
  const bytes = Buffer.from(of, charset === 'utf16be' ? 'utf16le' : charset);
  return string((charset === 'utf16be' ? bytes.swap16() : bytes).toString('base64'));
}

function decodeFrom(args: Arguments): Value {
  const [bytes, charset] = [bytesOf(args.text(0)), CHARSETS.get(args.text(1).toUpperCase())];
  if (charset === undefined) return notComputed(args.call);
  if (charset === 'utf8') return utf8(bytes);
  if (charset === 'latin1') return string(bytes.toString('latin1'));
  if (bytes.length % 2 === 1) return notComputed(args.call);
  return string((charset === 'utf16be' ? bytes.swap16() : bytes).toString('utf16le'));
}

const urlEncode = (of: string): string =>
  encodeURIComponent(Buffer.from(of).toString()).replace(/%20|[!'()*]/g, (part) =>
    part === '%20' ? '+' : `%${part.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function urlDecode(of: string): string {
  try {
    return decodeURIComponent(of.replaceAll('+', ' '));
  } catch {
    return fail('the text is not encoded for a URL');
  }
}

/** The only one here that takes null. */
function jsonencode(call: Call): Value {
  const [value] = call.args;
  if (value === undefined || call.args.length > 1) fail('jsonencode needs one argument');
  return isExact(value) ? string(jsonText(value)) : notComputed(call);
}

/** Packed and YAML texts are not computed: they differ when what goes in does, and nobody reads parts of them. */
export const ENCODING: FunctionTable = {
  base64decode: plain(1, (args) => utf8(bytesOf(args.text(0)))),
  base64encode: plain(1, (args) => string(Buffer.from(args.text(0)).toString('base64'))),
  base64gunzip: plain(1, (args) => unpacked(args.text(0))),
  base64gzip: plain(1, (args) => notComputed(args.call)),
  csvdecode: plain(1, (args) => parseCsv(args.text(0))),
  jsondecode: plain(1, (args) => parseJson(args.text(0))),
  jsonencode,
  textdecodebase64: plain(2, decodeFrom),
  textencodebase64: plain(2, encodeIn),
  urldecode: plain(1, (args) => string(urlDecode(args.text(0)))),
  urlencode: plain(1, (args) => string(urlEncode(args.text(0)))),
  yamldecode: plain(1, (args) => parseYaml(args.text(0))),
  yamlencode: (call) => notComputed(call),
};
