import { opaque, unknown, type Value } from '../value.ts';

/** Functions of which an unknown result may still be null; the engine knows of all others that theirs will not be. */
const MAYBE_NULL = new Set([
  ...[
    'coalescelist',
    'concat',
    'csvdecode',
    'element',
    'ephemeralasnull',
    'flatten',
    'issensitive',
    'jsondecode',
    'keys',
    'lookup',
  ],
  ...[
    'merge',
    'nonsensitive',
    'one',
    'regex',
    'sensitive',
    'strcontains',
    'templatestring',
    'timeadd',
    'tobool',
    'tolist',
    'tomap',
  ],
  ...['tonumber', 'toset', 'tostring', 'values', 'yamldecode', 'yamlencode', 'zipmap'],
]);

/** Functions of which every result is a string, number or bool. */
const PRIMITIVE = new Set([
  ...['abs', 'abspath', 'alltrue', 'anytrue', 'base64decode', 'base64encode', 'base64gunzip', 'base64gzip', 'base64sha256'],
  ...['base64sha512', 'basename', 'bcrypt', 'ceil', 'chomp', 'cidrcontains', 'cidrhost', 'cidrnetmask', 'cidrsubnet', 'contains'],
  ...['dirname', 'endswith', 'file', 'filebase64', 'filebase64sha256', 'filebase64sha512', 'fileexists', 'filemd5', 'filesha1'],
  ...[
    'filesha256',
    'filesha512',
    'floor',
    'format',
    'formatdate',
    'indent',
    'index',
    'issensitive',
    'join',
    'jsonencode',
    'length',
  ],
  ...['log', 'lower', 'max', 'md5', 'min', 'parseint', 'pathexpand', 'plantimestamp', 'pow', 'replace', 'rsadecrypt', 'sha1'],
  ...['sha256', 'sha512', 'signum', 'startswith', 'strcontains', 'strrev', 'substr', 'sum', 'templatestring', 'textdecodebase64'],
  ...['textencodebase64', 'timeadd', 'timecmp', 'timestamp', 'title', 'tobool', 'tonumber', 'tostring', 'trim', 'trimprefix'],
  ...['trimspace', 'trimsuffix', 'upper', 'urldecode', 'urlencode', 'uuid', 'uuidv5', 'yamlencode'],
]);

/** The result with what is known of every result of this function. */
export function refined(name: string, result: Value): Value {
  if (result.kind === 'unknown') return MAYBE_NULL.has(name) ? result : unknown(result.doubt, true);
  return result.kind === 'opaque' && PRIMITIVE.has(name) ? opaque(result.key, result.doubt, true) : result;
}
