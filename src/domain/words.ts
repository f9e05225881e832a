/** Providers say what went wrong last: `unable to pull the image: Get "https://…": dial tcp: lookup …: no such host`. */
const LONGEST = 400;

/** `: first line of the error`, or nothing. */
export function because(error: string | undefined): string {
  const line = error?.split('\n', 1)[0]?.trim() ?? '';
  if (line === '') return '';
  return `: ${line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line}`;
}
