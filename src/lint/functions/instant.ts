/** A point in time as RFC 3339 writes it. */
export interface Instant {
  /** Nanoseconds since 1970-01-01T00:00:00Z. */
  readonly nanoseconds: bigint;
  /** Minutes ahead of UTC. */
  readonly offset: number;
}

/** Undefined when the text is none. */
export function instantOf(text: string): Instant | undefined {
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|([+-])(\d\d):(\d\d))$/.exec(text);
  if (found === null) return undefined;
  const [, date = '', time = '', fraction = '', , sign, hours = '0', minutes = '0'] = found;
  const local = Date.parse(`${date}T${time}Z`);
  // A day that does not exist is moved into the next month, or is no date at all.
  if (Number.isNaN(local) || new Date(local).toISOString() !== `${date}T${time}.000Z`) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  const nanoseconds = BigInt(local - offset * 60_000) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
  return { nanoseconds, offset };
}

/** The date and time that a clock at its offset shows, in the UTC fields. */
export function local({ nanoseconds, offset }: Instant): Date {
  const milliseconds = nanoseconds / 1_000_000n - (nanoseconds % 1_000_000n < 0n ? 1n : 0n);
  return new Date(Number(milliseconds) + offset * 60_000);
}

/** Without a fraction of a second. */
export function rfc3339(instant: Instant): string {
  const zone = instant.offset === 0 ? 'Z' : zoneText(instant.offset, ':');
  return `${local(instant).toISOString().slice(0, 19)}${zone}`;
}

/** Such as `+05:45`. */
export function zoneText(offset: number, separator: string): string {
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${offset < 0 ? '-' : '+'}${two(hours)}${separator}${two(minutes)}`;
}

export const two = (value: number): string => String(value).padStart(2, '0');
