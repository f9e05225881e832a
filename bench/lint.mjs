// `prebuilds lint --recursive` over 40 templates as a whole process: wall time and memory, beside `node -e 0` and, when a folder is
// given (npm run bench -- lint --dir FOLDER), over the templates in it. To reach: < 1.5 s, < 250 MB.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BIN, ROOT, median, option, row, timeSync } from './support.mjs';

const rounds = option('rounds', 10);
const count = option('count', 40);
const at = process.argv.indexOf('--dir');
const folder = mkdtempSync(join(tmpdir(), 'prebuilds-bench-'));

/** A template of the size of the public ones, 7.6 KB on average: the container template, and what people add to it. */
function generated(n) {
  const base = readFileSync(join(ROOT, 'fixtures', 'templates', 'docker', 'main.tf'), 'utf8');
  const extra = Array.from({ length: 9 }, (_none, at) => {
    const name = `extra_${n}_${at}`;
    return `
data "coder_parameter" "${name}" {
  name         = "${name}"
  display_name = "Extra ${at}"
  type         = "string"
  default      = "value-${at}"
  mutable      = ${at % 2 === 0}
}

locals {
  ${name} = { for k, v in { a = data.coder_workspace.me.id, b = "x-${at}" } : k => "\${v}-\${data.coder_parameter.${name}.value}" }
}

resource "docker_volume" "${name}" {
  name = "coder-\${local.${name}["a"]}-${at}"
  labels {
    label = "coder.owner"
    value = data.coder_workspace_owner.me.name
  }
}
`;
  });
  return base + extra.join('');
}

function lint(dir) {
  const started = performance.now();
  const timer = existsSync('/usr/bin/time') ? ['/usr/bin/time', '-v'] : [];
  const [file, ...args] = [
    ...timer,
    process.execPath,
    BIN,
    'lint',
    '--recursive',
    dir,
    '--format',
    'compact',
    '--fail-on',
    'never',
  ];
  const done = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const ms = performance.now() - started;
  if (done.status !== 0) throw new Error(`lint exited ${String(done.status)}\n${done.stderr}`);
  return { ms, kilobytes: Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(done.stderr)?.[1]) };
}

try {
  for (let n = 0; n < count; n += 1) {
    mkdirSync(join(folder, `template-${n}`));
    writeFileSync(join(folder, `template-${n}`, 'main.tf'), generated(n));
  }
  const dirs = at < 0 ? [[`${count} generated templates`, folder]] : [[process.argv[at + 1], process.argv[at + 1]]];
  const node = Array.from({ length: rounds }, () => timeSync(process.execPath, ['-e', '0']).ms);
  row('node -e 0', median(node), median(node));
  for (const [label, dir] of dirs) {
    const runs = Array.from({ length: rounds }, () => lint(dir));
    row(`prebuilds lint, ${label}`, median(runs.map(({ ms }) => ms)), median(node));
    const most = Math.max(...runs.map(({ kilobytes }) => kilobytes));
    process.stdout.write(
      Number.isNaN(most) ? 'memory: not measured, GNU time is missing\n' : `memory: ${(most / 1024).toFixed(0)} MB at most\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
