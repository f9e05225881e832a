// Filling a pool of N (one coder_agent, one terraform_data), four at a time, against the same by hand: Coder's sequence, and
// `init` + `apply`, each in N fresh folders with a plugin cache.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureEngine } from '../scripts/engine.mjs';
import { BIN, ROOT, coderEnv, coderSequence, option, row, runAsync, timeAsync, timeSync } from './support.mjs';

const count = option('count', 20);
const jobs = option('jobs', 4);
const { engine, cliConfig } = await ensureEngine({ providers: ['coder'] });
const folder = mkdtempSync(join(tmpdir(), 'prebuilds-bench-'));
const cache = join(folder, 'cache');
mkdirSync(cache);
const home = join(folder, 'home');
mkdirSync(home, { mode: 0o700 });
writeFileSync(join(home, 'config.yaml'), `agent_listen: off\njobs: ${jobs}\nreserve: 0\nrehearsal: false\n`, { mode: 0o600 });
const base = { ...process.env, PREBUILDS_HOME: home, PREBUILDS_ENGINE: engine, PREBUILDS_OWNER: 'bench' };
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

const byHand = (label, commands) =>
  timeAsync(() =>
    pooled(async (n) => {
      const dir = join(folder, `${label}-${n}`);
      cpSync(template, dir, { recursive: true });
      // Without the lock file each init would write the provider into the cache again, and trip over the others.
      cpSync(join(folder, 'warm', '.terraform.lock.hcl'), join(dir, '.terraform.lock.hcl'));
      const env = coderEnv(base, { id: crypto.randomUUID(), owner: 'prebuilds', name: `prebuild-${n}`, prebuild: true });
      for (const [file, args] of commands) await runAsync(file, args, { cwd: dir, env: { ...env, TF_PLUGIN_CACHE_DIR: cache } });
    }),
  );

try {
  timeSync(process.execPath, [BIN, 'template', 'push', template, '--name', 'minimal', '--var', `instances=${count}`], {
    env: base,
  });
  // Warm the plugin cache once, alone: it is not safe for concurrent first use.
  cpSync(template, join(folder, 'warm'), { recursive: true });
  timeSync(engine, ['init', '-no-color', '-input=false'], {
    cwd: join(folder, 'warm'),
    env: { ...base, TF_PLUGIN_CACHE_DIR: cache },
  });
  const tool = timeSync(process.execPath, [BIN, 'reconcile'], { env: base }).ms;
  const coder = await byHand('coder', coderSequence(engine));
  const apply = await byHand('apply', [
    [engine, ['init', '-no-color', '-input=false']],
    [engine, ['apply', '-auto-approve', '-no-color', '-input=false']],
  ]);
  process.stdout.write(`${count} prebuilds, ${jobs} at a time; last column: against prebuilds reconcile\n`);
  row('prebuilds reconcile, whole process', tool, tool);
  row("Coder's sequence by hand", coder, tool);
  row('init + apply by hand', apply, tool);
} finally {
  for (const view of JSON.parse(timeSync(process.execPath, [BIN, 'list', '--json'], { env: base }).stdout)) {
    timeSync(process.execPath, [BIN, 'delete', view.name, '--force'], { env: base });
  }
  rmSync(folder, { recursive: true, force: true });
}
