import { createServer, type Server } from 'node:http';
import { networkInterfaces } from 'node:os';
import { isServedAgent } from '../domain/agent-kind.ts';
import type { AgentFact, Preset, Version } from '../domain/types.ts';
import { messageOf } from '../kit/errors.ts';
import { isLoopback } from '../server/http/guards.ts';
import { HOME_HEADER, LAST_LINE } from '../server/agent-words.ts';
import type { DoctorFinding } from '../api/app.ts';
import { askWho, holderOf, homeMark } from './agent-address.ts';
import { unheardWords } from './agent-listen.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { writeAddress } from './listen.ts';

type Listen = NonNullable<Config['agentListen']>;

const TOPIC = 'agents';
/** Networks that a container daemon or a hypervisor keeps inside this machine. */
const BRIDGES = /^(docker|br-|podman|cni|lxc|lxdbr|virbr|incusbr)/;

const warning = (message: string, remedy: string, topic = TOPIC): DoctorFinding => ({ level: 'warning', topic, message, remedy });
const ok = (message: string): DoctorFinding => ({ level: 'ok', topic: TOPIC, message, remedy: undefined });

/** Whether agents can be heard, and which templates are judged without them (spec 5.8, agent-protocol 7). */
export async function checkAgents(context: Context): Promise<readonly DoctorFinding[]> {
  const { agentListen } = context.config;
  const templates = await templatesWithAgents(context);
  const found = templates.flatMap((template) => judgedWithout(context, template));
  const address = agentListen === undefined ? nowhere(context.config, templates.length > 0) : await heardOn(context, agentListen);
  return [...address, ...found];
}

interface TemplateOfAgents {
  readonly name: string;
  readonly served: readonly AgentFact[];
  readonly others: readonly AgentFact[];
  /** Presets with prebuilds. */
  readonly pools: readonly Preset[];
}

async function templatesWithAgents({ store }: Context): Promise<readonly TemplateOfAgents[]> {
  const found: TemplateOfAgents[] = [];
  for (const { name, activeVersionId } of await store.listTemplates()) {
    if (activeVersionId === undefined) continue;
    const { facts }: Version = await store.getVersion(activeVersionId);
    if (facts.agents.length === 0) continue;
    found.push({
      name,
      served: facts.agents.filter(isServedAgent),
      others: facts.agents.filter((agent) => !isServedAgent(agent)),
      pools: (await store.versionPresets(activeVersionId)).filter(({ hasPrebuilds }) => hasPrebuilds),
    });
  }
  return found;
}

/** Pools whose prebuilds are handed out without a word of the template's agents. */
function judgedWithout({ config }: Context, { name, served, others, pools }: TemplateOfAgents): readonly DoctorFinding[] {
  const topic = `template ${name}`;
  const kinds = others.map(({ address, os, auth }) => `${address} (${os}, auth ${auth})`).join(', ');
  const findings = others.length === 0 ? [] : [notServed(kinds, served.length > 0, topic)];
  const policies = pools.map((preset) => ({ preset, policy: config.policy(name, preset.name) }));
  const without = policies.filter(({ policy }) => policy.readiness === 'provisioned');
  if (served.length === 0 || without.length === 0) return findings;
  const which = without.map(({ preset }) => preset.name).join(', ');
  const message = `it has agents, and readiness of its prebuilds (${which}) is provisioned: they are handed out before their start scripts ended`;
  return [...findings, warning(message, 'set readiness: auto, or leave it out, if its machines run the agent', topic)];
}

function notServed(kinds: string, hasServed: boolean, topic: string): DoctorFinding {
  const remedy = hasServed
    ? 'nothing waits for them; the other agents decide when a prebuild is ready'
    : 'configure a `probe` that says when its prebuilds are ready; without one they are ready when they are built';
  return warning(`not served, so never heard: ${kinds}`, remedy, topic);
}

function nowhere(config: Config, needed: boolean): readonly DoctorFinding[] {
  const words = unheardWords(config);
  if (config.agentHearing === 'off' || !needed) return [ok(words)];
  return [
    warning(
      `${words}; prebuilds count as ready without their agents`,
      'set `agent_listen: HOST:PORT` to the address of this machine that access_url leads to, or to off if that is meant',
    ),
  ];
}

async function heardOn({ config }: Context, listen: Listen): Promise<readonly DoctorFinding[]> {
  const reached = await reaches(config, listen);
  const open = isExposed(config, listen) ? [exposed(config, listen)] : [];
  if (reached !== undefined) return [reached, ...open];
  const derived = config.agentHearing === 'derived' ? ', as access_url says' : '';
  const fine = ok(`heard on ${writeAddress(listen)}${derived} while prebuilds get ready, and access_url leads there`);
  return open.length > 0 ? open : [fine];
}

/** Plain http beyond this machine and its own bridges (agent-protocol 7). */
function isExposed({ accessUrl }: Config, { host }: Listen): boolean {
  if (accessUrl.startsWith('https:') || isLoopback({ host })) return false;
  const mine = Object.entries(networkInterfaces()).find(([, addresses]) => addresses?.some(({ address }) => address === host));
  return mine === undefined || !BRIDGES.test(mine[0]);
}

const exposed = (config: Config, listen: Listen): DoctorFinding =>
  warning(
    `agents are heard on ${writeAddress(listen)} by plain http (access_url ${config.accessUrl}): who can listen there reads tokens and can change scripts`,
    'listen on loopback or a container bridge, or put a proxy that speaks TLS in front and give its https address as access_url',
  );

/** Asks as an agent would. Nothing of the address is taken for granted: a proxy may stand in between. undefined = it works. */
async function reaches(config: Config, listen: Listen): Promise<DoctorFinding | undefined> {
  const holder = await holderOf(listen, config.home);
  if (holder === 'another home' || holder === 'another program') {
    const remedy = 'give each home an access_url and agent_listen of its own, or end the other program';
    return warning(`the address ${writeAddress(listen)} is held by ${holder}, so agents are not heard`, remedy);
  }
  const own = holder === 'nobody' ? await listenForAMoment(config.home, listen) : undefined;
  if (typeof own === 'string') {
    return warning(
      `agents cannot be heard on ${writeAddress(listen)}: ${own}`,
      'set `agent_listen` to an address of this machine',
    );
  }
  try {
    const who = await askWho(config.accessUrl, config.home);
    if (who === 'this home') return undefined;
    const told = who === 'another home' ? 'leads to another home' : 'does not lead there';
    return warning(
      `agents are heard on ${writeAddress(listen)}, and access_url ${config.accessUrl} ${told}`,
      remedyFor(config, listen),
    );
  } finally {
    own?.close();
    own?.closeAllConnections();
  }
}

function remedyFor({ accessUrl }: Config, { port }: Listen): string {
  const url = new URL(accessUrl);
  const theirs = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const differs = theirs === String(port) ? '' : ` (its port is ${theirs}, that of agent_listen ${String(port)})`;
  return `correct access_url${differs}, or the proxy between them; if only workspaces reach it, ask from inside one: curl ${accessUrl}/agent/v1/agent.sh`;
}

/** Stands in for what hears agents: says whose it is, and nothing else, so that agents that ask meanwhile try again. */
function listenForAMoment(home: string, listen: Listen): Promise<Server | string> {
  const server = createServer((request, response) => {
    // A loader that asks now must not take this for the agent.
    const isOurs = request.headers[HOME_HEADER] === homeMark(home);
    response.writeHead(isOurs ? 200 : 503, { [HOME_HEADER]: homeMark(home) });
    response.end(isOurs ? `${LAST_LINE}\n` : 'not now\n');
  });
  return new Promise((resolve) => {
    server.once('error', (error) => {
      resolve(messageOf(error));
    });
    server.listen(listen, () => {
      resolve(server);
    });
  });
}
