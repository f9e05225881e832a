import type { Delivery } from './delivery.ts';
import { sign } from './sign.ts';

const MAX_ANSWER = 2000;

interface Webhook extends Delivery {
  readonly url: string;
  readonly secret: string;
}

/** Posts the payload, signed. Throws an Error with one line unless the answer is 2xx; redirects are not followed. */
export async function postWebhook({ url, secret, payload, id, hook, timeoutMs, now }: Webhook): Promise<void> {
  const timestamp = String(Math.floor(now / 1000));
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
    body: payload,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'prebuilds',
      'X-Prebuilds-Event': hook,
      'X-Prebuilds-Id': id,
      'X-Prebuilds-Timestamp': timestamp,
      'X-Prebuilds-Signature': sign(secret, timestamp, payload),
    },
  }).catch((error: unknown) => {
    throw new Error(wordsOf(error, timeoutMs));
  });
  if (answer.ok) {
    await answer.body?.cancel();
    return;
  }
  const redirect = answer.status >= 300 && answer.status < 400 ? ', and redirects are not followed' : '';
  const said = (await startOf(answer)).trim().split('\n')[0] ?? '';
  throw new Error(`it answered ${String(answer.status)}${redirect}${said === '' ? '' : `: ${said.slice(0, 200)}`}`);
}

/** The beginning of the answer, for its words; the rest is not read. */
async function startOf(answer: Response): Promise<string> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (text.length < MAX_ANSWER) {
      const { done, value } = (await reader.read()) as { done: boolean; value: Uint8Array | undefined };
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    return text;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return text;
}

/** `fetch failed` says nothing; its cause does. The address is left out: it may carry a key. */
function wordsOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'it could not be reached';
  if (error.name === 'TimeoutError') return `no answer within ${String(timeoutMs)} ms`;
  const cause = error.cause instanceof Error ? error.cause : undefined;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return `it could not be reached: ${code ?? cause?.message ?? 'unknown'}`;
}
