#!/usr/bin/env node
// Finds or gets a real engine (terraform or tofu) and real providers, for the demo, the tests and the benchmarks.
//
//   node scripts/engine.mjs [--engine any|terraform|tofu] [--providers coder,docker,local,time]
//
// Prints one JSON object: {"engine", "kind", "cliConfig"}. `cliConfig` is the file for TF_CLI_CONFIG_FILE, or null when the
// public registry answers and no mirror is needed. Engine: PATH, then the official OpenTofu release (checksum verified), then
// built from its Go module. Providers: the registry, else built from their Go modules into a filesystem mirror.
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync, readFileSync, copyFileSync, rmSync, mkdtempSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const GO = {
  tofu: { module: 'github.com/opentofu/opentofu@v1.12.6', pkg: './cmd/tofu', version: '1.12.6' },
  coder: { module: 'github.com/coder/terraform-provider-coder/v2@v2.20.0', namespace: 'coder', version: '2.20.0' },
  docker: {
    module: 'github.com/kreuzwerker/terraform-provider-docker@v0.0.0-20260916201441-96d331c98ff4',
    namespace: 'kreuzwerker',
    version: '4.6.0',
  },
  local: {
    module: 'github.com/terraform-providers/terraform-provider-local@v1.4.1-0.20260513075820-3561e410f9fe',
    namespace: 'hashicorp',
    version: '2.5.3',
  },
  time: { module: 'github.com/hashicorp/terraform-provider-time@v0.14.2', namespace: 'hashicorp', version: '0.14.2' },
};
const HOSTS = ['registry.terraform.io', 'registry.opentofu.org'];

const say = (text) => process.stderr.write(`engine: ${text}\n`);

/** Folder that keeps engines and providers between runs: PREBUILDS_CACHE, else the user's cache folder. */
export function cacheDir() {
  const base = process.env.PREBUILDS_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'prebuilds');
  mkdirSync(base, { recursive: true });
  return base;
}

const goPlatform = () => {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch] ?? process.arch;
  return { os: process.platform, arch, name: `${process.platform}_${arch}` };
};

function onPath(name) {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** Builds PKG of a Go module into `out`; other processes may be doing the same, so the result arrives by rename. */
async function goBuild(what, out) {
  if (existsSync(out)) return out;
  if (!onPath('go')) throw new Error(`cannot get ${what}: no registry answers and Go is not installed`);
  const { module, pkg = '.' } = GO[what];
  say(`building ${what} from ${module} (minutes the first time, seconds afterwards)`);
  const temp = mkdtempSync(join(cacheDir(), 'build-'));
  try {
    const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd: temp, maxBuffer: 1 << 26 });
    const { Dir } = JSON.parse(stdout);
    const target = join(temp, 'bin');
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false', GOWORK: 'off' };
    // The module cache is read-only; a build may want to touch go.sum, so -modfile points at a copy.
    copyFileSync(join(Dir, 'go.mod'), join(temp, 'go.mod'));
    if (existsSync(join(Dir, 'go.sum'))) copyFileSync(join(Dir, 'go.sum'), join(temp, 'go.sum'));
    await run('chmod', ['u+w', join(temp, 'go.mod'), join(temp, 'go.sum')]).catch(() => undefined);
    const args = ['build', `-modfile=${join(temp, 'go.mod')}`, '-trimpath', '-ldflags', '-s -w', '-o', target, pkg];
    await run('go', args, { cwd: Dir, env, maxBuffer: 1 << 26 });
    mkdirSync(join(out, '..'), { recursive: true });
    renameSync(target, out);
    return out;
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

async function reachable(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(8000) });
    return answer.ok;
  } catch {
    return false;
  }
}

/** The official OpenTofu archive, checked against the release's SHA256SUMS; undefined when it cannot be fetched. */
async function downloadTofu(out) {
  const { version } = GO.tofu;
  const { name } = goPlatform();
  const base = `https://github.com/opentofu/opentofu/releases/download/v${version}`;
  const file = `tofu_${version}_${name}.tar.gz`;
  const temp = mkdtempSync(join(cacheDir(), 'download-'));
  try {
    const sums = await fetch(`${base}/tofu_${version}_SHA256SUMS`, { signal: AbortSignal.timeout(15000) });
    if (!sums.ok) return undefined;
    const wanted = (await sums.text())
      .split('\n')
      .find((line) => line.endsWith(`  ${file}`))
      ?.split(' ')[0];
    const answer = await fetch(`${base}/${file}`, { signal: AbortSignal.timeout(180000) });
    if (!wanted || !answer.ok) return undefined;
    const bytes = Buffer.from(await answer.arrayBuffer());
    const got = createHash('sha256').update(bytes).digest('hex');
    if (got !== wanted) throw new Error(`checksum of ${file} is ${got}, the release says ${wanted}`);
    writeFileSync(join(temp, file), bytes);
    await run('tar', ['-xzf', join(temp, file), '-C', temp, 'tofu']);
    mkdirSync(join(out, '..'), { recursive: true });
    renameSync(join(temp, 'tofu'), out);
    return out;
  } catch (error) {
    if (String(error).includes('checksum')) throw error;
    return undefined;
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

async function getTofu() {
  const out = join(cacheDir(), 'engines', `tofu-${GO.tofu.version}`, 'tofu');
  if (existsSync(out)) return out;
  return (await downloadTofu(out)) ?? (await goBuild('tofu', out));
}

async function getEngine(wanted) {
  for (const kind of wanted === 'any' ? ['terraform', 'tofu'] : [wanted]) {
    const path = onPath(kind);
    if (path) return { engine: path, kind };
  }
  if (wanted === 'terraform') throw new Error('terraform is not on PATH, and it cannot be built from source here');
  return { engine: await getTofu(), kind: 'tofu' };
}

async function getProviders(names) {
  if (await reachable('https://registry.terraform.io/.well-known/terraform.json')) return null;
  const mirror = join(cacheDir(), 'mirror');
  const { name: platform } = goPlatform();
  for (const name of names) {
    const { namespace, version } = GO[name];
    const paths = HOSTS.map((host) =>
      join(mirror, host, namespace, name, version, platform, `terraform-provider-${name}_v${version}`),
    );
    await goBuild(name, paths[0]);
    for (const path of paths.slice(1)) {
      if (existsSync(path)) continue;
      mkdirSync(join(path, '..'), { recursive: true });
      copyFileSync(paths[0], `${path}.${process.pid}`);
      renameSync(`${path}.${process.pid}`, path);
    }
  }
  const config = join(cacheDir(), 'mirror.tfrc');
  const text = `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`;
  if (!existsSync(config) || readFileSync(config, 'utf8') !== text) writeFileSync(config, text);
  return config;
}

/** Engine path, its kind, and the CLI configuration file (or null). Builds or downloads what is missing. */
export async function ensureEngine({ engine = 'any', providers = ['coder'] } = {}) {
  return { ...(await getEngine(engine)), cliConfig: await getProviders(providers) };
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split('/').pop())) {
  const option = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : process.argv[at + 1];
  };
  try {
    const providers = option('providers', 'coder').split(',').filter(Boolean);
    process.stdout.write(`${JSON.stringify(await ensureEngine({ engine: option('engine', 'any'), providers }))}\n`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
