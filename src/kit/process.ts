import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** Who a process is, immune to pid reuse and clock changes (SM R7). */
export interface ProcessIdentity {
  readonly bootId: string;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: start time in clock ticks since boot. 0 where the system has no /proc. */
  readonly startTicks: number;
}

export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

/** Milliseconds since boot, time in suspend included: a clock that nobody sets. */
export const uptimeMs = (): number => Math.round(uptime() * 1000);

/** Start ticks of a live process; undefined when there is none (zombies count as gone). */
export function startTicks(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

export function identify(pid: number): ProcessIdentity {
  return { bootId: bootId(), pid, startTicks: startTicks(pid) ?? 0 };
}

/** Alive on this host: same boot, and the pid exists with the same start ticks. */
export function isAlive(who: ProcessIdentity): boolean {
  return who.bootId === bootId() && startTicks(who.pid) === who.startTicks;
}
