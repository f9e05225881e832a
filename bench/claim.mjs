// One claim, five ways, interleaved: the whole `prebuilds claim` process (guard on), a request to the API of a running `serve`, the same
// asked by the command line from elsewhere, one bare `terraform apply` of the same change in an initialised folder, and Coder's command
// sequence in a fresh folder with a plugin cache. Medians and ratios. With `docker` the
// template is fixtures/templates/docker on a real container daemon, else fixtures/templates/minimal.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureEngine } from '../scripts/engine.mjs';
import { ensurePodman, startPodman } from '../scripts/podman.mjs';
import { startServe } from './serving.mjs';
import { BIN, ROOT, coderEnv, coderSequence, median, option, row, timeSync } from './support.mjs';

const rounds = option('rounds', 10);
const docker = process.argv.includes('docker');
const { engine, cliConfig } = await ensureEngine({ providers: docker ? ['coder', 'docker'] : ['coder'] });
if (docker && !ensurePodman()) throw new Error('there is no podman');
const daemon = docker ? await startPodman() : undefined;
const folder = mkdtempSync(join(tmpdir(), 'prebuilds-bench-'));
const cache = join(folder, 'cache');
mkdirSync(cache);
// The templates' agents do not run.
mkdirSync(join(folder, 'home'), { mode: 0o700 });
writeFileSync(join(folder, 'home', 'config.yaml'), 'agent_listen: off\n', { mode: 0o600 });
const base = { ...process.env, PREBUILDS_HOME: join(folder, 'home'), PREBUILDS_ENGINE: engine, PREBUILDS_OWNER: 'bench' };
delete base.TF_CLI_CONFIG_FILE;
if (cliConfig !== null) base.TF_CLI_CONFIG_FILE = cliConfig;
const name = docker ? 'docker' : 'minimal';
const template = join(ROOT, 'fixtures', 'templates', name);
const variables = daemon === undefined ? {} : { docker_host: daemon.host, image: daemon.image };
for (const [key, value] of Object.entries(variables)) base[`TF_VAR_${key}`] = value;
const prebuilds = (...args) => timeSync(process.execPath, [BIN, ...args], { env: base });

/** A prebuilt workspace made by hand: initialised folder with state. */
function byHand(name) {
  const dir = join(folder, name);
  cpSync(template, dir, { recursive: true });
  const id = crypto.randomUUID();
  timeSync(engine, ['init', '-no-color', '-input=false'], { cwd: dir, env: { ...base, TF_PLUGIN_CACHE_DIR: cache } });
  const env = coderEnv(base, { id, owner: 'prebuilds', name: `prebuild-${name}`, prebuild: true });
  timeSync(engine, ['apply', '-auto-approve', '-no-color', '-input=false'], { cwd: dir, env });
  const state = JSON.parse(readFileSync(join(dir, 'terraform.tfstate'), 'utf8'));
  const token = state.resources.find((one) => one.type === 'coder_agent')?.instances[0].attributes.token;
  return { dir, id, token };
}

const claimEnv = (made, name) => coderEnv(base, { id: made.id, owner: 'bench', name, claim: true, token: made.token });

const times = { tool: [], api: [], remote: [], bare: [], coder: [] };
let server;
try {
  prebuilds('template', 'push', template, ...Object.entries(variables).flatMap(([key, value]) => ['--var', `${key}=${value}`]));
  server = await startServe(base);
  const away = { ...base, HOME: folder, PREBUILDS_URL: server.url, PREBUILDS_TOKEN: server.token };
  delete away.PREBUILDS_HOME;
  // The first answer of a process loads what later ones have.
  await server.claim({ template: name, name: 'first' });
  for (let n = 0; n < rounds; n += 1) {
    prebuilds('reconcile');
    const bare = byHand(`bare-${n}`);
    const old = byHand(`coder-${n}`);
    const fresh = join(folder, `fresh-${n}`);
    times.tool.push(prebuilds('claim', name, '--name', `claim-${n}`, '--no-cold').ms);
    prebuilds('reconcile');
    times.api.push(await server.claim({ template: name, name: `api-${n}`, noCold: true }));
    prebuilds('reconcile');
    times.remote.push(timeSync(process.execPath, [BIN, 'claim', name, '--name', `remote-${n}`, '--no-cold'], { env: away }).ms);
    times.bare.push(
      timeSync(engine, ['apply', '-auto-approve', '-no-color', '-input=false'], { cwd: bare.dir, env: claimEnv(bare, 'bare') })
        .ms,
    );
    const env = { ...claimEnv(old, 'coder'), TF_PLUGIN_CACHE_DIR: cache };
    let ms = 0;
    cpSync(template, fresh, { recursive: true });
    cpSync(join(old.dir, 'terraform.tfstate'), join(fresh, 'terraform.tfstate'));
    for (const [file, args] of coderSequence(engine)) ms += timeSync(file, args, { cwd: fresh, env }).ms;
    times.coder.push(ms);
  }
  const bare = median(times.bare);
  process.stdout.write(`${rounds} rounds, interleaved; medians; last column: against bare apply\n`);
  row('prebuilds claim, whole process, guard on', median(times.tool), bare);
  row('request to answer at the API of serve, guard on', median(times.api), bare);
  row('prebuilds claim through PREBUILDS_URL, whole process', median(times.remote), bare);
  row('bare apply in an initialised folder', bare, bare);
  row("Coder's sequence, fresh folder, plugin cache", median(times.coder), bare);
  process.stdout.write(`faster than Coder's sequence: ${(median(times.coder) / median(times.tool)).toFixed(2)} times\n`);
} finally {
  await server?.stop();
  for (const view of JSON.parse(prebuilds('list', '--json').stdout)) {
    prebuilds('delete', view.name, '--force');
  }
  daemon?.stop();
  rmSync(folder, { recursive: true, force: true });
}
