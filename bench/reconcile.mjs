// Whole processes against a store of 10,000 workspaces and 500 pools: `reconcile` with nothing to do (first with the hourly clean-up, then
// without), `status`, `list`, `reconcile --plan` of 1,000 actions, and how long a real `reconcile` takes from its start to the first engine
// when it has 1,000 creates or deletes to decide. To reach: < 1 s and < 200 MB each. The engine is a script that notes when it is started.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bigStore } from './big-store.mjs';
import { BIN, median, option, row, timeSync } from './support.mjs';

const rounds = option('rounds', 5);
const folder = mkdtempSync(join(tmpdir(), 'prebuilds-bench-'));
const mark = join(folder, 'engine-started');
const engine = join(folder, 'terraform');
writeFileSync(engine, `#!/bin/sh\n: >> ${mark}\nexit 1\n`);
chmodSync(engine, 0o755);

// What each process used, noted by itself: its CPU time says more than the clock on a machine that others use.
const memory = join(folder, 'memory');
const note = `import { writeFileSync } from 'node:fs';
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeFileSync(${JSON.stringify(memory)}, JSON.stringify({ kilobytes: maxRSS, cpuMs: (userCPUTime + systemCPUTime) / 1000 }));
});`;
const env = { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(note)}` };

function measure(label, base, home, ...args) {
  const times = [];
  const used = [];
  for (let n = 0; n < rounds; n += 1) {
    times.push(timeSync(process.execPath, [BIN, ...args, '--home', home], { env }).ms);
    used.push(JSON.parse(readFileSync(memory, 'utf8')));
  }
  const megabytes = Math.round(Math.max(...used.map((one) => one.kilobytes)) / 1024);
  const cpu = (median(used.map((one) => one.cpuMs)) / 1000).toFixed(2);
  row(`${label}; ${cpu} s of CPU, ${String(megabytes)} MB at most`, median(times), base);
}

/** Seconds from the start of `reconcile` to the first start of its engine; the command is ended then. */
async function untilFirstEngine(home) {
  rmSync(mark, { force: true });
  const started = performance.now();
  const from = Date.now();
  const child = spawn(process.execPath, [BIN, 'reconcile', '-q', '--home', home], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (!existsSync(mark)) {
    if (performance.now() - started > 60_000) throw new Error('no engine was started');
    await pause(2);
  }
  const ms = statSync(mark).birthtimeMs - from;
  child.kill('SIGKILL');
  await ended;
  return ms;
}

try {
  const base = median(Array.from({ length: rounds }, () => timeSync(process.execPath, ['-e', '0']).ms));
  row('node -e 0', base, base);
  const full = join(folder, 'full');
  const made = bigStore({ home: full, engine });
  process.stdout.write(`${String(made.workspaces)} workspaces, ${String(made.pools)} pools; ${String(rounds)} rounds, medians\n`);
  const first = timeSync(process.execPath, [BIN, 'reconcile', '--home', full], { env });
  if (!first.stdout.startsWith('nothing to do')) throw new Error(`expected nothing to do: ${first.stdout}`);
  row('reconcile, nothing to do, with clean-up', first.ms, base);
  measure('reconcile, nothing to do', base, full, 'reconcile');
  measure('reconcile --plan', base, full, 'reconcile', '--plan');
  measure('status', base, full, 'status');
  measure('list', base, full, 'list');
  for (const [what, desired] of [
    ['creates', 10],
    ['deletes', 6],
  ]) {
    const home = join(folder, what);
    bigStore({ home, engine, desired, states: true });
    const plan = JSON.parse(timeSync(process.execPath, [BIN, 'reconcile', '--plan', '--json', '--home', home]).stdout);
    const actions = plan.flatMap((pool) => pool.actions).reduce((sum, action) => sum + (action.count ?? 1), 0);
    measure(`reconcile --plan, ${String(actions)} ${what}`, base, home, 'reconcile', '--plan');
    row(`reconcile to its first engine, ${String(actions)} ${what}`, await untilFirstEngine(home), base);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
