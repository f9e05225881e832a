/** `: first line of the error`, or nothing. */
export function because(error: string | undefined): string {
  const line = error?.split('\n', 1)[0]?.trim().slice(0, 200) ?? '';
  return line === '' ? '' : `: ${line}`;
}
