import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findOnPath } from '../../../src/engine/discover.ts';
import { CURRENT_LOADER, loaderText } from '../../../src/engine/loaders/index.ts';
import { sha256 } from '../../../src/kit/ids.ts';

const PINNED: Readonly<Record<number, string>> = {
  1: '9bcbb900aa3c232124341fa9eb87b47bca9a57eb34d350e9f237929d80e34e07',
};

describe.each(Object.keys(PINNED).map(Number))('loader %i', (number) => {
  const text = loaderText(number);
  const lines = text.split('\n');

  it('has the bytes it was published with', () => {
    expect(sha256(text)).toBe(PINNED[number]);
  });

  it('survives the places where templates put it', () => {
    expect(Buffer.byteLength(text)).toBeLessThan(2048);
    expect(text.startsWith('#!/bin/sh\n')).toBe(true);
    expect(text).not.toMatch(/'/);
    expect(text).not.toMatch(/\$\$/);
    expect(text).not.toMatch(/\$\(\s*\w+\s*\)/);
    expect(text).not.toMatch(/localhost|127\.0\.0\.1/);
    expect(lines).not.toContain('EOF');
    expect(text).not.toMatch(/[^\x20-\x7e\n]/);
    expect(text).not.toMatch(/\bset -[a-z]*e|trap [^\n]*\bEXIT\b|\r|\t/);
  });

  it('leaves nothing else to be replaced than the access URL', () => {
    expect(text.match(/\$\{[^}]*\}/g)).toStrictEqual(['${ACCESS_URL}']);
  });

  it('is one function, called on the last line', () => {
    expect(lines.filter((line) => /^\S+\(\) \{$/.test(line))).toHaveLength(1);
    const name = lines.find((line) => line.endsWith('() {'))?.slice(0, -4);
    expect(lines.at(-2)).toBe(name);
    expect(lines.at(-1)).toBe('');
    expect(lines.slice(1, -2).every((line) => line === `${String(name)}() {` || line === '}' || line.startsWith('  '))).toBe(
      true,
    );
  });

  it('sets its trap before its first child, and gives no child its own stdin', () => {
    expect(lines.findIndex((line) => line.includes('trap '))).toBeLessThan(
      lines.findIndex((line) => /mkdir|curl -|wget -/.test(line)),
    );
    const children = lines.filter((line) => /^\s*(mkdir|curl -|wget -|\(?sleep|exec sh)|\btail -n/.test(line));
    expect(children).toHaveLength(7);
    expect(text).toContain('curl -fsS -m 60 ');
    for (const line of children) expect(line).toContain('</dev/null');
  });
});

it('the current loader is a published one', () => {
  expect(PINNED[CURRENT_LOADER]).toBeDefined();
  expect(() => loaderText(0)).toThrow(/no agent loader number 0/);
});

const AGENT = '#!/bin/sh\necho "url=$CODER_AGENT_URL dir=${0%/*} read=$(cat)"\nrm -rf "${0%/*}"\n# end of agent\n';
const busybox = findOnPath('busybox', process.env['PATH']);
const SHELLS = ['dash', 'bash'].flatMap((name) => findOnPath(name, process.env['PATH']) ?? []).concat(busybox ?? []);
const CLIENTS = ['curl', 'wget'].flatMap((name) => findOnPath(name, process.env['PATH']) ?? []).concat(busybox ?? []);

/** A machine of its own: only these tools on PATH, its own temporary folder, and a `sleep` that does not make the test wait. */
class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), 'loader-'));
  readonly tmp = join(this.folder, 'tmp');
  readonly bin = join(this.folder, 'bin');
  readonly naps = join(this.folder, 'naps');

  constructor(shell: string, client: string, sleepLimit: string) {
    mkdirSync(this.tmp);
    mkdirSync(this.bin);
    const link = (name: string, target: string | undefined) => {
      symlinkSync(target ?? '/bin/false', join(this.bin, name));
    };
    for (const name of ['mkdir', 'tail', 'rm', 'cat']) link(name, findOnPath(name, process.env['PATH']));
    link('sh', shell);
    link(client === busybox ? 'wget' : client.replace(/.*\//, ''), client);
    const nap = `[ "$1" = 60 ] && exec ${String(findOnPath('sleep', process.env['PATH']))} ${sleepLimit}\necho "$1" >>"${this.naps}"\n`;
    writeFileSync(join(this.bin, 'sleep'), `#!/bin/sh\n${nap}`);
    chmodSync(join(this.bin, 'sleep'), 0o755);
  }

  start(how: 'file' | 'argument' | 'stdin', url: string): ChildProcess {
    const text = loaderText(1).replaceAll('${ACCESS_URL}', url);
    writeFileSync(join(this.folder, 'loader'), text);
    const args = { file: [join(this.folder, 'loader')], argument: ['-c', text], stdin: [] }[how];
    const child = spawn(join(this.bin, 'sh'), args, { env: { PATH: this.bin, TMPDIR: this.tmp }, stdio: 'pipe' });
    child.stdin.on('error', () => undefined);
    child.stdin.end(how === 'stdin' ? text : 'not for children');
    return child;
  }

  slept(): readonly string[] {
    return existsSync(this.naps) ? readFileSync(this.naps, 'utf8').trim().split('\n') : [];
  }
}

async function outputOf(child: ChildProcess): Promise<{ code: number | null; stdout: string }> {
  let stdout = '';
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout };
}

describe('loader 1 at work', () => {
  let server: Server;
  let answer: RequestListener;
  let asked: string[];
  let machine: Machine | undefined;
  beforeEach(async () => {
    asked = [];
    answer = (_request, response) => response.end(AGENT);
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    if (machine !== undefined) rmSync(machine.folder, { recursive: true });
    machine = undefined;
  });
  const url = () => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;

  const matrix = SHELLS.flatMap((shell) => CLIENTS.map((client) => [shell, client] as const));
  it.each(matrix)('%s with %s fetches the agent and becomes it, wherever the text stands', async (shell, client) => {
    for (const how of ['file', 'argument', 'stdin'] as const) {
      machine = new Machine(shell, client, '60');
      const { code, stdout } = await outputOf(machine.start(how, url()));
      expect(stdout).toBe(`url=${url()} dir=${machine.tmp}/.prebuilds-agent-0 read=\n`);
      expect(code).toBe(0);
      expect(readdirSync(machine.tmp)).toStrictEqual([]);
      rmSync(machine.folder, { recursive: true });
      machine = undefined;
    }
    expect(asked).toStrictEqual(['/agent/v1/agent.sh', '/agent/v1/agent.sh', '/agent/v1/agent.sh']);
  });

  it.each(CLIENTS)('%s tries again, 1 to 30 seconds apart, while the server fails or the body is cut', async (client) => {
    answer = (_request, response) => {
      if (asked.length % 2 === 1) response.writeHead(503).end(AGENT);
      else response.end(asked.length < 8 ? AGENT.slice(0, -4) : AGENT);
    };
    machine = new Machine(SHELLS[0]!, client, '60');
    const { stdout } = await outputOf(machine.start('file', url()));
    expect(stdout).toMatch(/^url=/);
    expect(machine.slept()).toStrictEqual(['1', '2', '4', '8', '16', '30', '30']);
  });

  it('takes the next free folder, and one that is private', async () => {
    machine = new Machine(SHELLS[0]!, CLIENTS[0]!, '60');
    mkdirSync(join(machine.tmp, '.prebuilds-agent-0'));
    answer = (_request, response) => response.end(`#!/bin/sh\nls -ld "\${0%/*}"\n# end of agent\n`);
    symlinkSync(String(findOnPath('ls', process.env['PATH'])), join(machine.bin, 'ls'));
    const { stdout } = await outputOf(machine.start('file', url()));
    expect(stdout).toMatch(/^drwx------.*\.prebuilds-agent-1\n$/);
  });

  it.each(CLIENTS.filter((client) => !client.endsWith('curl')))(
    '%s, which may know no time limit, does not hang on a silent server',
    async (client) => {
      answer = (_request, response) => {
        if (asked.length > 1) response.end(AGENT);
      };
      machine = new Machine(SHELLS[0]!, client, '1');
      const { stdout } = await outputOf(machine.start('file', url()));
      expect(stdout).toMatch(/^url=/);
      expect(asked.length).toBeGreaterThan(1);
    },
  );

  it.each(SHELLS)('%s ends at once on TERM while it waits for a silent server, and leaves nothing', async (shell) => {
    machine = new Machine(shell, CLIENTS[0]!, '60');
    const hears = new Promise<void>((resolve) => {
      answer = () => {
        resolve();
      };
    });
    const child = machine.start('file', url());
    const ended = outputOf(child);
    await hears;
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
    expect(readdirSync(machine.tmp)).toStrictEqual([]);
  });
});
