import { isLoopback } from '../server/http/guards.ts';
import type { Config } from './config.ts';
import { readAddress } from './listen.ts';

/** What `agent_listen` may be in the file: HOST:PORT, or off. */
export type AgentListenSetting = string | false | undefined;

type Listening = Pick<Config, 'agentListen' | 'agentHearing'>;

/**
 * Where agents are heard. Without `agent_listen` that is the address of an `http` access URL on loopback, which only this machine can have meant
 * (the default is one); an access URL that leads elsewhere, or to something that speaks TLS, says nothing about addresses of this machine.
 */
export function agentListenOf(said: AgentListenSetting, accessUrl: string): Listening {
  if (said === false || said === 'off') return { agentListen: undefined, agentHearing: 'off' };
  if (said !== undefined) return { agentListen: readAddress(said, 'agent_listen'), agentHearing: 'configured' };
  const { protocol, hostname, port } = new URL(accessUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol !== 'http:' || !isLoopback({ host })) return { agentListen: undefined, agentHearing: 'elsewhere' };
  return { agentListen: { host, port: port === '' ? 80 : Number(port) }, agentHearing: 'derived' };
}

/** Why nothing listens for agents, in words. */
export const unheardWords = ({ accessUrl, agentHearing }: Config): string =>
  agentHearing === 'off'
    ? 'agents are not heard: agent_listen is off'
    : `agents are not heard: agent_listen is not set, and access_url ${accessUrl} is no http address on loopback`;
