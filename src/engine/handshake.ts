/** First line of a provider that is ready to serve. */
export interface Handshake {
  readonly protocol: 5 | 6;
  readonly network: 'unix' | 'tcp';
  readonly address: string;
}

/**
 * Reads `1|5|unix|/path|grpc|`. Anything else is refused: another core version, netrpc, or a certificate, which a handed-over provider cannot
 * use (provider-sessions 2). The protocol is read, never assumed.
 */
export function parseHandshake(line: string): Handshake | { readonly reason: string } {
  const match = /^1\|([56])\|(unix|tcp)\|([^|]+)\|grpc\|?$/.exec(line.trim());
  if (match?.[3] === undefined) return { reason: `unknown handshake ${JSON.stringify(line.slice(0, 120))}` };
  return { protocol: match[1] === '5' ? 5 : 6, network: match[2] === 'tcp' ? 'tcp' : 'unix', address: match[3] };
}

/** Value of TF_REATTACH_PROVIDERS. `Test` keeps the engine from shutting the provider down after its first use (provider-sessions 3). */
export function reattachMap(
  providers: readonly { readonly address: string; readonly pid: number; readonly handshake: Handshake }[],
): string {
  return JSON.stringify(
    Object.fromEntries(
      providers.map(({ address, pid, handshake }) => [
        address,
        {
          Protocol: 'grpc',
          ProtocolVersion: handshake.protocol,
          Pid: pid,
          Test: true,
          Addr: { Network: handshake.network, String: handshake.address },
        },
      ]),
    ),
  );
}
