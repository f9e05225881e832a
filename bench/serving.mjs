// A `serve` process of its own for benches, and claims over its API.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BIN, timeSync } from './support.mjs';

/** Starts `serve` without a reconciler on a free port; `claim` resolves with the milliseconds from request to answer. */
export async function startServe(env) {
  const made = timeSync(process.execPath, [BIN, 'token', 'create', '--role', 'admin', '--name', 'bench', '--json'], { env });
  const token = JSON.parse(made.stdout).text;
  const child = spawn(process.execPath, [BIN, 'serve', '--listen', '127.0.0.1:0', '--no-reconcile', '--json', '-q'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const { url } = JSON.parse(String(line));
  return {
    url,
    token,
    pid: child.pid,
    claim: async (body) => {
      const startedAt = performance.now();
      const response = await fetch(`${url}/api/v1/claims`, {
        method: 'POST',
        // The bench blocks for longer than a server keeps an idle connection.
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      if (!response.ok || answer.servedAs === undefined) throw new Error(JSON.stringify(answer));
      if (process.env.BENCH_PHASES) process.stderr.write(`${JSON.stringify(answer.phases)}\n`);
      return performance.now() - startedAt;
    },
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
