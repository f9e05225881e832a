// `serve` under load: 10,000 workspaces, 1,000 agents whose polls are held, 200 claims a minute and people who look, for two minutes:
// npm run bench -- load [--seconds N] [--agents N] [--claims N (a minute)] [--workspaces N]. The engine is a script that answers at once, so what is measured is
// this tool. What the event loop is late by is seen from outside, in the times of GET /healthz; the clients share the machine.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { bigStore } from './big-store.mjs';
import { BIN, option, timeSync } from './support.mjs';

const seconds = option('seconds', 120);
const agents = option('agents', 1000);
const claimsAMinute = option('claims', 200);
const workspaces = option('workspaces', 10_000);
const templates = Math.max(1, Math.round(workspaces / 200));
const folder = mkdtempSync(join(tmpdir(), 'prebuilds-bench-load-'));
const home = join(folder, 'home');
const TICKS_A_SECOND = 100;

/** Stands in for terraform: an apply leaves a state behind and says that it is done. */
const engine = join(folder, 'terraform');
writeFileSync(
  engine,
  `#!/bin/sh
case $1 in
  version) echo 'Terraform v1.11.4' ;;
  apply)
    [ -s terraform.tfstate ] || echo '{"version":4,"serial":1,"lineage":"load","outputs":{},"resources":[{"mode":"managed","type":"terraform_data","name":"machine","provider":"provider","instances":[{"attributes":{"id":"x"}}]}]}' > terraform.tfstate
    echo '{"@level":"info","@message":"done","type":"change_summary","changes":{"add":0,"change":0,"remove":0,"operation":"apply"}}'
    ;;
esac
exit 0
`,
  { mode: 0o755 },
);

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const cpuMs = (pid) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND;
};
const megabytes = (pid) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Agents that are ready, of workspaces that people have. Their tokens. */
function addAgents() {
  const db = new Database(join(home, 'prebuilds.db'));
  const add = db.prepare(
    `insert into agent (workspace_id, name, token_sha256, lifecycle, lifecycle_at, generation, process_key, seq, scripts, seen_at, row_version)
     values (?, 'main', ?, 'ready', ?, ?, ?, 1, '[]', ?, 1)`,
  );
  const now = Date.now();
  const rows = db.prepare('select id, generation from workspace where claimed_at is not null limit ?').all(agents);
  const made = db.transaction(() =>
    rows.map(({ id, generation }) => {
      const token = crypto.randomUUID();
      add.run(id, sha256(token), now, generation, id, now);
      return { token, proc: id, generation };
    }),
  )();
  db.close();
  return made;
}

/** One answer: its status, and how long it took. */
function ask({ url, agent, method = 'GET', headers = {}, body }) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const done = (status, text) => resolve({ status, text, ms: performance.now() - startedAt });
    const asked = request(url, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += text.length < 500 ? chunk : ''));
      response.on('end', () => done(response.statusCode, text));
    });
    asked.on('error', (error) => done(0, String(error)));
    asked.end(body);
  });
}

const measured = new Map();
const wrong = new Map();
function note(what, { status, ms, text }) {
  if (status === 200) measured.set(what, [...(measured.get(what) ?? []), ms]);
  else wrong.set(`${what}: ${status} ${text.slice(0, 160)}`, (wrong.get(`${what}: ${status} ${text.slice(0, 160)}`) ?? 0) + 1);
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
function tell(what) {
  const times = [...(measured.get(what) ?? [])].sort((a, b) => a - b);
  const figures = [0.5, 0.95, 0.99, 1].map((share) => `${at(times, share).toFixed(1).padStart(9)}`).join('');
  process.stdout.write(`${what.padEnd(44)}${String(times.length).padStart(7)}${figures}\n`);
}

/** Does `work` every `ms` until the end, however long one takes. */
async function every(ms, over, work) {
  const running = [];
  for (let n = 0; !over.aborted; n += 1) {
    running.push(work(n));
    await pause(ms);
  }
  await Promise.all(running);
}

/** All agents come within this time, as after a restart of the server. */
const ARRIVAL_MS = 5000;

async function poll({ token, proc, generation }, agentUrl, agent, over) {
  await pause(Math.random() * ARRIVAL_MS);
  const url = `${agentUrl}/agent/v1/poll?proc=${proc}&gen=${generation}&seq=1&life=ready`;
  while (!over.aborted) {
    const answer = await ask({ url, agent, method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-length': 0 } });
    if (!over.aborted) note('agents: a held poll', answer);
    if (answer.status !== 200) await pause(1000);
  }
}

async function load(url, agentUrl, token, fleet) {
  const end = new AbortController();
  const startedAt = performance.now();
  // Nobody waits for a connection of somebody else: that would be measured too.
  const people = new Agent({ keepAlive: true, maxSockets: Infinity });
  const machines = new Agent({ keepAlive: true, maxSockets: Infinity });
  const headers = { authorization: `Bearer ${token}` };
  const get = async (what, path) => note(what, await ask({ url: `${url}${path}`, agent: people, headers }));
  const polling = fleet.map((one) => poll(one, agentUrl, machines, end.signal));
  const work = [
    every(25, end.signal, () => get('GET /healthz', '/healthz')),
    every(500, end.signal, (n) =>
      get('GET /workspaces/{owner}/{name}', `/api/v1/workspaces/-/work-${String(workspaces - 1 - n)}`),
    ),
    every(1000, end.signal, () => get('GET /pools', '/api/v1/pools')),
    every(1000, end.signal, () => get('GET /workspaces?search=owner:person-7', '/api/v1/workspaces?search=owner:person-7')),
    every(2000, end.signal, () => get('GET /metrics', '/metrics')),
    every(60_000 / claimsAMinute, end.signal, async (n) => {
      const body = JSON.stringify({
        template: `template-${String(n % templates)}`,
        preset: `Preset ${String(n % 10)}`,
        noCold: true,
      });
      const what = performance.now() - startedAt < ARRIVAL_MS ? 'POST /claims, while the agents arrive' : 'POST /claims';
      const claim = await ask({
        url: `${url}/api/v1/claims`,
        agent: people,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      });
      note(what, claim);
    }),
  ];
  await pause(seconds * 1000);
  end.abort();
  await Promise.all(work);
  machines.destroy();
  await Promise.all(polling);
  people.destroy();
}

try {
  const port = await freePort();
  const settings = `rehearsal: false\nagent_listen: 127.0.0.1:${String(port)}\n`;
  bigStore({ home, engine, workspaces, templates, presets: 10, stock: 8, states: true, settings });
  const fleet = addAgents();
  const token = timeSync(process.execPath, [BIN, 'token', 'create', '--role', 'admin', '--home', home]).stdout.trim();
  const child = spawn(process.execPath, [BIN, 'serve', '--json', '--listen', '127.0.0.1:0', '--home', home], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const line = await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]);
  const { url } = JSON.parse(String(line));
  await pause(10_000);
  process.stdout.write(`${String(workspaces)} workspaces, idle: ${String(megabytes(child.pid))} MB\n`);
  const before = cpuMs(child.pid);
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, megabytes(child.pid))), 500);
  await load(url, `http://127.0.0.1:${String(port)}`, token, fleet);
  clearInterval(watch);
  const cpu = Math.round((cpuMs(child.pid) - before) / seconds / 10);
  process.stdout.write(
    `\n${'milliseconds'.padEnd(44)}${'number'.padStart(7)}${['p50', 'p95', 'p99', 'most'].map((one) => one.padStart(9)).join('')}\n`,
  );
  for (const what of [...measured.keys()].sort()) tell(what);
  process.stdout.write(`serve: ${String(cpu)} % of one core, ${String(most)} MB at most\n`);
  for (const [what, times] of wrong) process.stdout.write(`not answered, ${String(times)} times: ${what}\n`);
  child.kill('SIGTERM');
  await ended;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
