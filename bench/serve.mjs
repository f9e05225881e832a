// What `serve` costs while nothing happens, and for how long its looks at many workspaces keep a request waiting:
// npm run bench -- serve [--seconds N]. CPU and memory are read from /proc; the wait is that of GET /healthz, asked all the time.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bigStore } from './big-store.mjs';
import { BIN, option, runAsync } from './support.mjs';

const seconds = option('seconds', 60);
const folder = mkdtempSync(join(tmpdir(), 'prebuilds-bench-serve-'));
const engine = join(folder, 'terraform');
writeFileSync(engine, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
const TICKS_A_SECOND = 100;

const cpuMs = (pid) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND;
};
const megabytes = (pid) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);

async function serve(home, ...args) {
  const child = spawn(process.execPath, [BIN, 'serve', '--json', '--listen', '127.0.0.1:0', '--home', home, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const line = await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', () => reject(new Error('serve ended')));
  });
  return { child, url: JSON.parse(String(line)).url };
}

async function stop({ child }) {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** The longest and the middle wait for an answer while `work` goes on. */
async function waits(url, work) {
  const times = [];
  let over = false;
  const done = work().finally(() => (over = true));
  while (!over) {
    const startedAt = performance.now();
    await (await fetch(`${url}/healthz`)).text();
    times.push(performance.now() - startedAt);
    await pause(2);
  }
  await done;
  times.sort((a, b) => a - b);
  return { most: times.at(-1) ?? 0, median: times[Math.floor(times.length / 2)] ?? 0 };
}

try {
  for (const workspaces of [1000, 10_000]) {
    const home = join(folder, String(workspaces));
    bigStore({ home, engine, workspaces, templates: workspaces / 200, presets: 10, stock: 8 });
    appendFileSync(join(home, 'config.yaml'), 'rehearsal: false\n');
    const idle = await serve(home);
    await pause(5000);
    const before = cpuMs(idle.child.pid);
    await pause(seconds * 1000);
    const used = ((cpuMs(idle.child.pid) - before) * 60) / seconds;
    const passes = Math.floor(seconds / 15);
    process.stdout.write(
      `${workspaces} workspaces, idle: ${Math.round(used)} ms of CPU a minute (${passes} passes in ${seconds} s), ${megabytes(idle.child.pid)} MB\n`,
    );
    // Each of these is an event, after which a pass looks at everything.
    const { most, median } = await waits(idle.url, async () => {
      for (let n = 0; n < 5; n += 1) {
        await runAsync(process.execPath, [BIN, n % 2 === 0 ? 'pause' : 'resume', 'template-0', '--home', home]);
        await pause(1500);
      }
    });
    process.stdout.write(
      `${workspaces} workspaces, passes: an answer takes ${median.toFixed(1)} ms, at most ${Math.round(most)} ms; ${megabytes(idle.child.pid)} MB\n`,
    );
    await stop(idle);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
