import type { Clock } from '../kit/clock.ts';
import { messageOf } from '../kit/errors.ts';
import type { Logger } from '../kit/logger.ts';
import type { EngineRunner, ProviderSession } from './engine.ts';
import { type Handshake, parseHandshake, reattachMap } from './handshake.ts';
import { type Keeper, startKeeper } from './keeper.ts';
import { lives, type ProcessStat, statOf } from './processes.ts';
import { findProviderBinary, type ProviderBinary } from './provider-binary.ts';

type SessionInput = Parameters<EngineRunner['openSession']>[0] & { readonly clock: Clock; readonly logger: Logger };

const COOKIE = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2';
const UNWANTED: ReadonlySet<string> = new Set(['TF_REATTACH_PROVIDERS', 'PLUGIN_CLIENT_CERT', 'PLUGIN_MULTIPLEX_GRPC']);
const HANDSHAKE_TIMEOUT_MS = 15_000;
const HANDSHAKE_POLL_MS = 2;

interface KeptProvider {
  readonly address: string;
  readonly process: ProcessStat;
  readonly handshake: Handshake;
}

/**
 * Starts one process of each named provider for one operation. All or nothing: on any trouble nothing keeps running and the reason is
 * returned, so that the operation goes on with the engine starting its own providers. Addresses must be those of providers with exactly
 * one configuration (provider-sessions 4); environment and folder must be the ones the engine will get.
 */
export async function openProviderSession(input: SessionInput): Promise<{ session: ProviderSession } | { reason: string }> {
  const addresses = [...new Set(input.providers)].filter((address) => !address.startsWith('terraform.io/builtin/'));
  if (addresses.length === 0) return { reason: 'no provider of this template can be shared' };
  let keeper: Keeper | undefined;
  try {
    const binaries = await Promise.all(addresses.map((address) => findProviderBinary(input.dataDir, input.cwd, address)));
    keeper = await startKeeper(
      binaries.map(({ path }) => path),
      input.cwd,
      providerEnvironment(input.env),
    );
    const kept = await handshakes(input.clock, binaries, keeper);
    input.logger.debug('provider session opened', { providers: addresses.join(' ') });
    return { session: toSession(kept, keeper) };
  } catch (error) {
    keeper?.close();
    const reason = messageOf(error);
    input.logger.warn('provider session not possible; the engine starts its own providers', { reason });
    return { reason };
  }
}

const toSession = (kept: readonly KeptProvider[], { hold, close }: Keeper): ProviderSession => ({
  reattach: reattachMap(kept.map((one) => ({ address: one.address, pid: one.process.pid, handshake: one.handshake }))),
  hold,
  healthy: () => !hold.destroyed && kept.every((one) => lives(one.process)),
  close,
});

/** The engine's environment and the cookie; a client certificate or multiplexing would make it unusable for handing over. */
function providerEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !UNWANTED.has(name))),
    TF_PLUGIN_MAGIC_COOKIE: COOKIE,
    PLUGIN_PROTOCOL_VERSIONS: '5,6',
    TF_LOG_SDK: 'off',
    TF_LOG_PROVIDER: 'off',
  };
}

/** All or nothing: the first that fails ends the session of all. */
const handshakes = (clock: Clock, binaries: readonly ProviderBinary[], keeper: Keeper) =>
  Promise.all(binaries.map(({ address }, index) => waitForHandshake(clock, address, keeper, index)));

/** Output goes to a file, so that a provider that outlives this process never writes into a broken pipe; hence the polling. */
async function waitForHandshake(clock: Clock, address: string, keeper: Keeper, index: number): Promise<KeptProvider> {
  const until = clock.monotonic() + HANDSHAKE_TIMEOUT_MS;
  for (;;) {
    const pid = keeper.pid(index);
    const alive = pid === undefined ? undefined : statOf(pid);
    const text = keeper.output(index, 'out');
    if (text.includes('\n') && alive !== undefined) {
      const found = parseHandshake(text.slice(0, text.indexOf('\n')));
      if ('reason' in found) throw new Error(`${address}: ${found.reason}`);
      return { address, process: alive, handshake: found };
    }
    if (keeper.hasEnded() || (pid !== undefined && alive === undefined)) {
      throw new Error(`${address}: ended before its handshake ${keeper.output(index, 'err').slice(-300)}`.trim());
    }
    if (clock.monotonic() > until) throw new Error(`${address}: no handshake within ${String(HANDSHAKE_TIMEOUT_MS / 1000)} s`);
    await clock.sleep(HANDSHAKE_POLL_MS);
  }
}
