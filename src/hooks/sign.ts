import { createHmac } from 'node:crypto';

/** `sha256=` and the hex HMAC of `TIMESTAMP.BODY`; the time is signed too, so that a receiver can refuse what is old. */
export function sign(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}
