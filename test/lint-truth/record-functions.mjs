// Records what an engine answers to the calls of function-cases.mjs, for test/unit/lint/functions/truth.test.ts.
//
//   node test/lint-truth/record-functions.mjs terraform /path/to/terraform
//   node test/lint-truth/record-functions.mjs tofu /path/to/tofu
//
// One plan with an output per call; nothing is downloaded. Writes fixtures/lint/functions/<engine>.json: the engine's version, the
// files beside the configuration, and per call its arguments and the answer, which is {"error": true} or {"value": ...} in which
// {"$": "unknown"} stands for what is not known at plan.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CASES, FILES } from './function-cases.mjs';

const ERROR = '!error';
const UNKNOWN = { $: 'unknown' };
const [kind = 'terraform', engine = kind] = process.argv.slice(2);
const calls = CASES[kind];

const HEAD = `
resource "terraform_data" "u" {}
locals {
  string = terraform_data.u.id
  number = length(terraform_data.u.id)
  list   = split(",", terraform_data.u.id)
  map    = { for item in split(",", terraform_data.u.id) : item => item }
}
`;

/** A string literal of HCL: JSON's, without two escapes that HCL does not know, and with the two starts of an interpolation doubled. */
function text(value) {
  const known = JSON.stringify(value).replace(/\\(.)/g, (escape, of) => ({ b: '\\u0008', f: '\\u000c' })[of] ?? escape);
  return known.replace(/([$%])\{/g, '$1$1{');
}

function hcl(value) {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(hcl).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  switch (value.$) {
    case undefined:
      return `{${Object.entries(value)
        .map(([key, entry]) => `${text(key)} = ${hcl(entry)}`)
        .join(', ')}}`;
    case 'unknown':
      return `local.${value.of}`;
    case 'null':
      return 'tostring(null)';
    case 'map':
      return `tomap(${hcl(value.entries)})`;
    default:
      return `to${value.$}(${hcl(value.items)})`;
  }
}

const hasUnknown = (args) => JSON.stringify(args).includes('"$":"unknown"');

/** `try` makes all of a partly unknown value unknown, so calls with unknown arguments go without: they may not fail. */
function output([name, ...args], at) {
  const call = `${name}(${args.map(hcl).join(', ')})`;
  return `output "o${at}" {\n  sensitive = true\n  value = { v = ${hasUnknown(args) ? call : `try(${call}, "${ERROR}")`} }\n}\n`;
}

/** The planned value with a marker wherever it is not known. */
function merged(after, unknown) {
  if (unknown === true) return UNKNOWN;
  if (Array.isArray(after)) return after.map((item, at) => merged(item, unknown?.[at]));
  if (typeof unknown !== 'object' || unknown === null) return after;
  const names = [...new Set([...Object.keys(after ?? {}), ...Object.keys(unknown)])].sort();
  return Object.fromEntries(names.map((name) => [name, merged(after?.[name], unknown[name])]));
}

function plan(dir) {
  // An empty settings file of its own: what the user has in theirs is no matter here.
  const env = { ...process.env, TF_CLI_CONFIG_FILE: join(dir, 'empty.txt') };
  const run = (...args) => execFileSync(engine, args, { cwd: dir, env, encoding: 'utf8', maxBuffer: 1 << 28 });
  run('init', '-no-color');
  run('plan', '-no-color', '-out=plan');
  return {
    version: JSON.parse(run('version', '-json')).terraform_version,
    changes: JSON.parse(run('show', '-json', 'plan')).output_changes,
  };
}

function answer(change) {
  const { v } = merged(change.after, change.after_unknown);
  return v === ERROR ? { error: true } : { value: v === undefined ? null : v };
}

const dir = mkdtempSync(join(tmpdir(), 'functions-'));
try {
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content.text ?? Buffer.from(content.base64, 'base64'));
  }
  writeFileSync(join(dir, 'main.tf'), HEAD + calls.map(output).join(''));
  const { version, changes } = plan(dir);
  const rows = calls.map(([name, ...args], at) => JSON.stringify({ name, args, ...answer(changes[`o${at}`]) }));
  const head = `{"engine": "${kind} ${version}",\n"files": ${JSON.stringify(FILES)},\n"calls": [\n`;
  const target = join(import.meta.dirname, '..', '..', 'fixtures', 'lint', 'functions', `${kind}.json`);
  writeFileSync(target, `${head}${rows.join(',\n')}\n]}\n`);
  process.stdout.write(`${calls.length} calls recorded in ${target}\n`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
