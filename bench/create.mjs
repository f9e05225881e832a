// Filling a pool of N (one coder_agent, one terraform_data), four at a time, against the same by hand: Coder's sequence, and
// `init` + `apply`, each in N fresh folders with a plugin cache. Rounds are interleaved; medians, and the ratios of each round.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureEngine } from '../scripts/engine.mjs';
import { BIN, ROOT, coderEnv, coderSequence, median, option, row, runAsync, timeAsync, timeSync } from './support.mjs';

const rounds = option('rounds', 5);
const count = option('count', 20);
const jobs = option('jobs', 4);
const { engine, cliConfig } = await ensureEngine({ providers: ['coder'] });
const folder = mkdtempSync(join(tmpdir(), 'prebuilds-bench-'));
const cache = join(folder, 'cache');
mkdirSync(cache);
const base = { ...process.env, PREBUILDS_ENGINE: engine, PREBUILDS_OWNER: 'bench' };
delete base.TF_CLI_CONFIG_FILE;
if (cliConfig !== null) base.TF_CLI_CONFIG_FILE = cliConfig;
const template = join(ROOT, 'fixtures', 'templates', 'minimal');

/** Runs `work` for 0..count-1, `jobs` at a time. */
async function pooled(work) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: jobs }, lane));
}

async function byHand(commands) {
  const dirs = mkdtempSync(join(folder, 'hand-'));
  const ms = await timeAsync(() =>
    pooled(async (n) => {
      const dir = join(dirs, String(n));
      cpSync(template, dir, { recursive: true });
      // Without the lock file each init would write the provider into the cache again, and trip over the others.
      cpSync(join(folder, 'warm', '.terraform.lock.hcl'), join(dir, '.terraform.lock.hcl'));
      const env = coderEnv(base, { id: crypto.randomUUID(), owner: 'prebuilds', name: `prebuild-${n}`, prebuild: true });
      for (const [file, args] of commands) await runAsync(file, args, { cwd: dir, env: { ...env, TF_PLUGIN_CACHE_DIR: cache } });
    }),
  );
  rmSync(dirs, { recursive: true });
  return ms;
}

/** An empty pool each time; what it is filled with is nothing outside its folder. */
function byTool() {
  const home = mkdtempSync(join(folder, 'home-'));
  writeFileSync(join(home, 'config.yaml'), `agent_listen: off\njobs: ${jobs}\nreserve: 0\nrehearsal: false\n`, { mode: 0o600 });
  const env = { ...base, PREBUILDS_HOME: home };
  const prebuilds = (...args) => timeSync(process.execPath, [BIN, ...args], { env });
  prebuilds('template', 'push', template, '--name', 'minimal', '--var', `instances=${count}`);
  const { ms } = prebuilds('reconcile');
  const made = JSON.parse(prebuilds('list', '--json').stdout).filter((one) => one.status === 'ready').length;
  if (made !== count) throw new Error(`${made} of ${count} prebuilds are ready`);
  rmSync(home, { recursive: true });
  return ms;
}

const times = { tool: [], coder: [], apply: [] };
try {
  // Warm the plugin cache once, alone: it is not safe for concurrent first use.
  cpSync(template, join(folder, 'warm'), { recursive: true });
  timeSync(engine, ['init', '-no-color', '-input=false'], {
    cwd: join(folder, 'warm'),
    env: { ...base, TF_PLUGIN_CACHE_DIR: cache },
  });
  for (let n = 0; n < rounds; n += 1) {
    times.tool.push(byTool());
    times.coder.push(await byHand(coderSequence(engine)));
    times.apply.push(
      await byHand([
        [engine, ['init', '-no-color', '-input=false']],
        [engine, ['apply', '-auto-approve', '-no-color', '-input=false']],
      ]),
    );
  }
  const tool = median(times.tool);
  process.stdout.write(
    `${count} prebuilds, ${jobs} at a time, ${rounds} rounds, interleaved; medians; last column: against prebuilds reconcile\n`,
  );
  row('prebuilds reconcile, whole process', tool, tool);
  row("Coder's sequence by hand", median(times.coder), tool);
  row('init + apply by hand', median(times.apply), tool);
  for (const way of ['coder', 'apply']) {
    const ratios = times[way].map((ms, n) => (ms / times.tool[n]).toFixed(2));
    process.stdout.write(`${way}, round by round: ${ratios.join(' ')}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
