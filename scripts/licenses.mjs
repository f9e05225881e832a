#!/usr/bin/env node
// Fails when an installed package, direct or not, has a licence we may not ship or build with.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ALLOWED = new Set([
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'Unlicense', 'WTFPL'],
  ...['CC0-1.0', 'CC-BY-4.0', 'CC-BY-3.0', 'Python-2.0', 'Zlib', 'Artistic-2.0'],
]);
/** File-level copyleft that we use unmodified: allowed for these packages only. */
const MPL = [/^@cdktf\/hcl2json$/, /^lightningcss(-|$)/, /^axe-core$/];

const root = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules');

/** Yields the folder of every installed package, nested ones too. */
function* packages(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.name.startsWith('@')) {
      yield* packages(path);
    } else if (existsSync(join(path, 'package.json'))) {
      yield path;
      if (existsSync(join(path, 'node_modules'))) yield* packages(join(path, 'node_modules'));
    }
  }
}

/** The licence as an SPDX expression; old packages write an object or a list. */
function licenceOf({ license, licenses }) {
  if (typeof license === 'string') return license;
  if (license?.type) return license.type;
  return Array.isArray(licenses) ? licenses.map((one) => one.type ?? one).join(' OR ') : '';
}

/** OR: one allowed alternative is enough; AND: all must be. Deeper nesting than one level does not occur. */
function isAllowed(expression, name) {
  const one = (text) => {
    const id = text.replace(/[()]/g, '').trim();
    return ALLOWED.has(id) || (id === 'MPL-2.0' && MPL.some((pattern) => pattern.test(name)));
  };
  return expression.split(' OR ').some((alternative) => alternative.split(' AND ').every(one));
}

const bad = [];
let seen = 0;
for (const folder of packages(root)) {
  const json = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!json.name || !json.version) continue;
  seen += 1;
  const licence = licenceOf(json);
  if (!isAllowed(licence, json.name)) bad.push(`${json.name}@${json.version}: ${licence || 'no licence named'}`);
}
for (const line of bad) process.stderr.write(`licence not allowed: ${line}\n`);
process.stdout.write(`${seen} packages, ${bad.length} with a licence that is not allowed\n`);
process.exitCode = bad.length === 0 && seen > 0 ? 0 : 1;
