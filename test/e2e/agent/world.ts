import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findOnPath } from '../../../src/engine/discover.ts';
import { loaderText } from '../../../src/engine/loaders/index.ts';
import { readStateAgents } from '../../../src/engine/state-agents.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { sha256, systemIds } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import { createAgentLogs } from '../../../src/server/agent-logs.ts';
import { createAgentServer } from '../../../src/server/agent-routes.ts';
import { type AgentService, startAgentService } from '../../../src/server/agent-service.ts';
import { createAgentValues, type KeptValue, readAgentValues } from '../../../src/server/agent-values.ts';
import type { Agent } from '../../../src/domain/agent.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  applyBuild,
  DRIVER,
  givenClaim,
  givenPrebuild,
  givenTemplate,
  type Given,
  must,
  tryReserve,
} from '../../contract/support.ts';
import { until } from '../../support/cli.ts';

export interface Script {
  readonly text: string;
  readonly start?: boolean;
  readonly stop?: boolean;
  readonly timeout?: number;
  readonly logPath?: string;
}

export interface Machinery {
  readonly startup?: string;
  readonly shutdown?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly dir?: string;
  readonly scripts?: Readonly<Record<string, Script>>;
  readonly metadata?: readonly { key: string; script: string; interval: number; timeout: number }[];
}

/** A real store, the real routes on loopback, and one workspace whose state says what its agent has to do. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'prebuilds-agent-'));
  readonly token = systemIds.uuid();
  readonly marker = systemIds.uuid();
  readonly #state = join(this.folder, 'terraform.tfstate');
  readonly #database = join(this.folder, 'store.db');
  readonly #holdMs: number;
  readonly #children: ChildProcess[] = [];
  #serving: { app: FastifyInstance; service: AgentService; store: Store } | undefined;
  port = 0;
  store!: Store;
  given!: Given;
  workspaceId = '';
  /** After how much silence servers that come up count the agent as lost. */
  lostAfterMs: number | undefined;
  /** Whether servers that come up have metadata measured. */
  meta = true;
  /** Changes or holds back answers of servers that come up after it is set. */
  spoil: ((request: FastifyRequest, reply: FastifyReply, payload: unknown) => Promise<unknown>) | undefined;
  /** Paths asked for, with their queries. */
  readonly asked: string[] = [];
  /** Looks at each path that is asked for, before it is answered. */
  onAsked: ((url: string) => void) | undefined;

  private constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  static async open(machinery: Machinery, holdMs = 1500): Promise<World> {
    const world = new World(holdMs);
    world.write(machinery);
    world.store = await openSqliteStore(world.#database, { clock: systemClock, ids: systemIds });
    world.given = await givenTemplate(world.store);
    const { workspace, build } = await givenPrebuild(world.store, world.given.preset);
    world.workspaceId = workspace.id;
    mkdirSync(join(world.folder, 'workspaces', workspace.id), { recursive: true });
    await applyBuild(world.store, build);
    await world.store.finishBuild(build.id, { state: 'succeeded', agents: [{ name: 'main', tokenSha256: sha256(world.token) }] });
    await world.up();
    return world;
  }

  /** What the last apply left. */
  write(machinery: Machinery): void {
    const metadata = (machinery.metadata ?? []).map((one) => ({ display_name: one.key, ...one }));
    const agent = {
      id: 'agent-id',
      token: this.token,
      dir: machinery.dir ?? null,
      env: machinery.env ?? null,
      startup_script: machinery.startup ?? null,
      shutdown_script: machinery.shutdown ?? null,
      metadata,
    };
    const scripts = Object.entries(machinery.scripts ?? {}).map(([name, one]) =>
      resource('coder_script', name, {
        agent_id: 'agent-id',
        display_name: name,
        script: one.text,
        run_on_start: one.start ?? false,
        run_on_stop: one.stop ?? false,
        timeout: one.timeout ?? 0,
        log_path: one.logPath ?? null,
      }),
    );
    const state = { version: 4, serial: 1, lineage: 'x', resources: [resource('coder_agent', 'main', agent), ...scripts] };
    writeFileSync(this.#state, JSON.stringify(state));
  }

  /** The server comes up, on the port it had before. */
  async up(): Promise<void> {
    const store = await openSqliteStore(this.#database, { clock: systemClock, ids: systemIds });
    const service = await startAgentService({
      store,
      clock: systemClock,
      logger: silentLogger,
      me: DRIVER,
      logs: createAgentLogs((id) => join(this.folder, 'workspaces', id)),
      values: createAgentValues((id) => join(this.folder, 'workspaces', id), systemClock),
      facts: () => readStateAgents(this.#state),
      holdMs: this.#holdMs,
      stopSeconds: 20,
      lostAfterMs: this.lostAfterMs,
      meta: this.meta,
    });
    const app = createAgentServer({ backend: service, clock: systemClock, logger: silentLogger });
    const { spoil } = this;
    if (spoil !== undefined) app.addHook('onSend', spoil);
    app.addHook('onRequest', (request, _reply, done) => {
      this.asked.push(request.url);
      this.onAsked?.(request.url);
      done();
    });
    await app.listen({ host: '127.0.0.1', port: this.port });
    this.port = (app.server.address() as AddressInfo).port;
    this.#serving = { app, service, store };
  }

  /** The server ends. `hard` = its polls get no answer. */
  async down(hard = false): Promise<void> {
    const serving = this.#serving;
    this.#serving = undefined;
    if (serving === undefined) return;
    if (hard) serving.app.server.closeAllConnections();
    await serving.service.stop();
    await serving.app.close();
    await serving.store.close();
  }

  get service(): AgentService {
    return must(this.#serving, 'a server').service;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}/`;
  }

  /** One statement on a connection of its own, as another process would. */
  sql(statement: string): void {
    const raw = new Database(this.#database);
    raw.exec(statement);
    raw.close();
  }

  raise(): void {
    this.sql(`update workspace set generation = generation + 1, row_version = row_version + 1 where id = '${this.workspaceId}'`);
  }

  async agent(): Promise<Agent> {
    return must((await this.store.listAgents(this.workspaceId))[0], 'an agent');
  }

  /** Waits until the agent says that it is in this life, in this generation; for as long as it may back off, and a margin. */
  reached(life: Agent['life'], generation: number, withinMs = 60_000): Promise<Agent> {
    return until(
      `${life} in generation ${String(generation)}`,
      async () => {
        const agent = await this.agent();
        return agent.life === life && agent.generation === generation ? agent : undefined;
      },
      withinMs,
    );
  }

  /** W9 to W12: the workspace becomes bob's, as a claim in another process does it. `before` runs while it is `claiming`. */
  async claim(before?: () => Promise<void>): Promise<void> {
    await this.store.markReady(this.workspaceId, 'its agents are ready');
    const claim = await givenClaim(this.store, this.given);
    const { build } = must(await tryReserve(this.store, systemClock, this.given, claim), 'a reservation');
    await applyBuild(this.store, build);
    await before?.();
    await this.store.finishBuild(build.id, { state: 'succeeded', agents: [{ name: 'main', tokenSha256: sha256(this.token) }] });
  }

  file(name: string): string {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  log(script: string, generation: number): Buffer {
    const path = this.#logPath(script, generation);
    return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  }

  get loader(): string {
    return loaderText(1).replaceAll('${ACCESS_URL}', this.url);
  }

  /** The server knows less of a log than it had. */
  shorten(script: string, generation: number, bytes: number): void {
    truncateSync(this.#logPath(script, generation), bytes);
  }

  #logPath(script: string, generation: number): string {
    return join(this.folder, 'workspaces', this.workspaceId, 'agent', 'main', String(generation), `${script}.log`);
  }

  /** Id of a coder_script by its name. */
  idOf(name: string): string {
    return `s-${sha256(`coder_script.${name}`).slice(0, 12)}`;
  }

  /** What other processes can read of the metadata, by key. */
  values(): ReadonlyMap<string, KeptValue> {
    const kept = readAgentValues(join(this.folder, 'workspaces', this.workspaceId), 'main');
    return new Map(kept.map((one) => [one.key, one]));
  }

  clock(): number {
    return systemClock.monotonic();
  }

  /** The loader on a machine: as a file, or as arguments of sh, or as its input, or below a command. */
  start(
    machine: Machine,
    how: { args?: readonly string[]; input?: string; command?: readonly string[]; home?: string | undefined } = {},
  ): ChildProcess {
    const path = join(machine.folder, 'loader');
    writeFileSync(path, this.loader);
    const [file = '', ...args] = how.command ?? [
      join(machine.bin, 'sh'),
      ...(how.args ?? (how.input === undefined ? [path] : [])),
    ];
    const child = spawn(file, args, {
      env: {
        PATH: machine.bin,
        TMPDIR: machine.tmp,
        ...('home' in how ? {} : { HOME: machine.folder }),
        CODER_AGENT_TOKEN: this.token,
        WORLD: this.marker,
      },
      stdio: ['pipe', 'ignore', process.env['AGENT_STDERR'] === undefined ? 'ignore' : 'inherit'],
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(how.input ?? '');
    this.#children.push(child);
    return child;
  }

  /** Command lines of the processes of this test that live. */
  processes(): readonly { readonly pid: number; readonly state: string; readonly command: string }[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          if (!readFileSync(`/proc/${name}/environ`, 'latin1').includes(`WORLD=${this.marker}`)) return [];
          const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
          const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
          return [{ pid: Number(name), state: stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3), command }];
        } catch {
          return [];
        }
      })
      .filter((one) => one.state !== 'Z');
  }

  /** Ended processes that nobody waited for, below those of this test. */
  zombies(): readonly number[] {
    const ours = new Set(this.processes().map((one) => one.pid));
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
          const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
          return state === 'Z' && ours.has(Number(parent)) ? [Number(name)] : [];
        } catch {
          return [];
        }
      });
  }

  /** Waits until no process of this test lives. The loader's own watchdog may sleep on, for a minute at most. */
  async alone(): Promise<void> {
    const left = (): readonly string[] => this.processes().flatMap((one) => (one.command === 'sleep 60' ? [] : [one.command]));
    await until('no process', () => (left().length === 0 ? true : undefined), 10_000).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${left().join(' | ')}`);
    });
  }

  async dispose(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const { pid } of this.processes()) spawnSync('kill', ['-KILL', String(pid)]);
    await this.down(true);
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const resource = (type: string, name: string, attributes: Readonly<Record<string, unknown>>) => ({
  mode: 'managed',
  type,
  name,
  provider: 'provider["registry.terraform.io/coder/coder"]',
  instances: [{ schema_version: 0, attributes, sensitive_attributes: [] }],
});

export const SHELLS = ['dash', 'busybox', 'bash'] as const;
export const CLIENTS = ['curl', 'wget', 'busybox'] as const;
export type Shell = (typeof SHELLS)[number];
export type Client = (typeof CLIENTS)[number];

const TOOLS = [
  ...['mkdir', 'rm', 'rmdir', 'cat', 'mv', 'ln', 'tail', 'head', 'tr', 'wc', 'sed', 'id', 'chmod', 'sleep', 'df', 'date', 'kill'],
  ...['setsid', 'env', 'touch', 'ls', 'grep', 'printf'],
];

/** Runs a test in a world with a machine, and clears both away. */
export async function inWorld(
  machinery: Machinery,
  [shell, client]: readonly [Shell, Client],
  test: (world: World, machine: Machine) => Promise<void>,
  options: { holdMs?: number; without?: readonly string[] } = {},
): Promise<void> {
  const world = await World.open(machinery, options.holdMs);
  const machine = new Machine(shell, client, options.without);
  try {
    await test(world, machine);
  } finally {
    await world.dispose();
    machine.remove();
  }
}

/** A machine of its own: on PATH one shell as `sh`, one client and plain tools; its own temporary folder. */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), 'prebuilds-machine-'));
  readonly bin = join(this.folder, 'bin');
  readonly tmp = join(this.folder, 'tmp');

  constructor(shell: Shell, client: Client, without: readonly string[] = []) {
    mkdirSync(this.bin);
    mkdirSync(this.tmp);
    const link = (name: string, target: string): void => {
      if (!without.includes(name)) symlinkSync(must(findOnPath(target, process.env['PATH']), target), join(this.bin, name));
    };
    for (const tool of TOOLS) link(tool, tool);
    link('sh', shell);
    link(client === 'busybox' ? 'wget' : client, client);
  }

  /** Time limits of requests become 2 s: of the client itself where it has one, else of the agent's watchdog. */
  shorten(client: Client): void {
    const tool = (name: string, body: string): void => {
      const path = join(this.bin, name);
      const real = readlinkSync(path);
      rmSync(path);
      writeFileSync(path, `#!/bin/sh\n${body.replaceAll('REAL', real)}\n`, { mode: 0o755 });
    };
    if (client === 'curl') tool('curl', 'exec REAL "$@" -m 2');
    if (client === 'wget') tool('wget', '[ "$1" = --help ] && exec REAL "$@"\nexec REAL "$@" -T 2');
    if (client === 'busybox') tool('sleep', '[ "$1" = 40 ] && set -- 2\nexec REAL "$@"');
  }

  /** Lines of a file in the home of this machine. */
  lines(name: string): number {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
