import { connect } from 'node:net';
import type { Probe } from '../domain/policy.ts';
import type { Workspace } from '../domain/types.ts';
import type { Clock } from '../kit/clock.ts';
import { messageOf } from '../kit/errors.ts';

export type ProbeResult = { readonly healthy: true } | { readonly healthy: false; readonly reason: string };

/** One check (spec 5.8). A command gets the workspace as PREBUILDS_WORKSPACE_* variables and never passes through a shell. */
export async function probeOnce(probe: Probe, workspace: Workspace): Promise<ProbeResult> {
  try {
    if (probe.command !== undefined) await probeCommand(probe.command, probe.timeoutMs, workspace);
    if (probe.tcp !== undefined) await probeTcp(probe.tcp, probe.timeoutMs);
    if (probe.http !== undefined) await probeHttp(probe.http, probe.timeoutMs);
    return { healthy: true };
  } catch (error) {
    return { healthy: false, reason: messageOf(error).split('\n')[0] ?? 'failed' };
  }
}

/** Checks until the probe passes, its deadline is over or the signal aborts. */
export async function probeUntilHealthy(
  probe: Probe,
  workspace: Workspace,
  clock: Clock,
  signal?: AbortSignal,
): Promise<ProbeResult> {
  const deadline = clock.monotonic() + probe.deadlineMs;
  for (;;) {
    const result = await probeOnce(probe, workspace);
    if (result.healthy || signal?.aborted === true || clock.monotonic() + probe.intervalMs > deadline) return result;
    await clock.sleep(probe.intervalMs, signal);
  }
}

async function probeCommand(argv: readonly string[], timeout: number, workspace: Workspace): Promise<void> {
  const { execa } = await import('execa');
  const [file = '', ...args] = argv;
  await execa(
    file,
    args.map((arg) => arg.replaceAll('{name}', workspace.name).replaceAll('{id}', workspace.id)),
    {
      timeout,
      stdin: 'ignore',
      env: {
        PREBUILDS_WORKSPACE_ID: workspace.id,
        PREBUILDS_WORKSPACE_NAME: workspace.name,
        PREBUILDS_OWNER: workspace.ownerName,
      },
    },
  );
}

function probeTcp(target: string, timeout: number): Promise<void> {
  const at = target.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.slice(0, at), port: Number(target.slice(at + 1)) });
    const end = (error?: Error) => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.setTimeout(timeout, () => {
      end(new Error(`no connection to ${target} within ${String(timeout)} ms`));
    });
    socket.once('connect', () => {
      end();
    });
    socket.once('error', end);
  });
}

async function probeHttp(url: string, timeout: number): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeout) });
  if (!answer.ok) throw new Error(`${url} answered ${String(answer.status)}`);
}
