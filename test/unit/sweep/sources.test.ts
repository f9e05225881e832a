import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listByCommand, listingOf } from '../../../src/sweep/command.ts';
import { listDocker, removeDocker } from '../../../src/sweep/docker.ts';
import { listProcesses } from '../../../src/sweep/process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prebuilds-sweep-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('what a sweep command prints', () => {
  it('is ids, or objects', () => {
    const { objects, everything } = listingOf('i-1\n\n  {"id":"i-2","workspace_id":"w","type":"aws_instance"} \n{"id":"i-3"}\n');
    expect(objects).toEqual([
      { kind: 'object', id: 'i-1', type: '', workspaceId: undefined },
      { kind: 'object', id: 'i-2', type: 'aws_instance', workspaceId: 'w' },
      { kind: 'object', id: 'i-3', type: '', workspaceId: undefined },
    ]);
    expect([...everything]).toEqual([['aws_instance', new Set(['i-2'])]]);
  });

  it.each([
    ['a\n{"id":', 'line 2 of the sweep command is not JSON'],
    ['{"name":"x"}', 'line 1 of the sweep command has no "id"'],
    ['{"id":7}', 'line 1 of the sweep command has no "id"'],
  ])('%j is refused', (text, message) => {
    expect(() => listingOf(text)).toThrow(message);
  });

  const ask = (argv: readonly string[], timeoutMs = 5000) =>
    listByCommand({ argv, timeoutMs, cwd: folder, env: { PATH: process.env['PATH'] ?? '', ONLY: 'this' } });

  it('comes from the program itself, in the environment given', async () => {
    expect((await ask(['sh', '-c', 'echo "$ONLY$HOME"'])).objects).toMatchObject([{ id: 'this' }]);
  });

  it.each([
    [['sh', '-c', 'echo "no login" >&2; exit 4'], 5000, 'sh: no login'],
    [['sleep', '1000'], 50, 'sleep did not end within 50 ms'],
    [['/nonexistent/program'], 5000, '/nonexistent/program: '],
  ])('%j that fails is an error', async (argv, timeoutMs, message) => {
    await expect(ask(argv, timeoutMs)).rejects.toThrow(message);
  });
});

describe('machines that are processes', () => {
  const id = '01234567-89ab-cdef-0123-456789abcdef';
  it('are the folders named by a workspace id', () => {
    mkdirSync(join(folder, id));
    mkdirSync(join(folder, 'other'));
    writeFileSync(join(folder, '11111111-89ab-cdef-0123-456789abcdef'), '');
    expect(listProcesses(folder).objects).toEqual([
      { kind: 'folder', id: join(folder, id), name: join(folder, id), type: '', workspaceId: id },
    ]);
  });

  it('are none in a base folder that does not exist', () => {
    expect(listProcesses(join(folder, 'nowhere')).objects).toEqual([]);
  });
});

describe('a container daemon', () => {
  let server: Server;
  let asked: string[];
  let answers: Record<string, [number, string]>;
  let host: string;
  beforeEach(async () => {
    asked = [];
    answers = {};
    host = `unix://${join(folder, 'd.sock')}`;
    server = createServer((request, response) => {
      const key = `${request.method ?? ''} ${request.url ?? ''}`;
      asked.push(key);
      const [status, body] = answers[key] ?? [404, '{"message":"no such thing"}'];
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'd.sock'), resolve));
  });
  afterEach(() => {
    server.close();
  });
  const daemon = () => ({ host, timeoutMs: 2000 });

  it('is asked for everything; what has no label only counts as being there', async () => {
    answers['GET /containers/json?all=true'] = [
      200,
      JSON.stringify([
        { Id: 'c1', Names: ['/dev'], Labels: { 'coder.workspace_id': 'w' } },
        { Id: 'c2', Names: [], Labels: null },
        { Id: 'c3', Labels: { 'coder.workspace_id': '' } },
      ]),
    ];
    answers['GET /volumes'] = [
      200,
      JSON.stringify({ Volumes: [{ Name: 'v1', Labels: { 'coder.workspace_id': 'w' } }], Warnings: null }),
    ];
    const { objects, everything } = await listDocker(daemon(), 'coder.workspace_id');
    expect(objects).toEqual([
      { kind: 'container', type: 'docker_container', id: 'c1', name: 'dev', workspaceId: 'w' },
      { kind: 'volume', type: 'docker_volume', id: 'v1', name: undefined, workspaceId: 'w' },
    ]);
    expect(everything.get('docker_container')).toEqual(new Set(['c1', 'c2', 'c3']));
  });

  it('without volumes answers null', async () => {
    answers['GET /containers/json?all=true'] = [200, '[]'];
    answers['GET /volumes'] = [200, '{"Volumes":null}'];
    expect((await listDocker(daemon(), 'coder.workspace_id')).objects).toEqual([]);
  });

  it('that refuses, or is none, is an error of one line', async () => {
    await expect(listDocker(daemon(), 'l')).rejects.toThrow(`${host} answered 404: {"message":"no such thing"}`);
    answers['GET /containers/json?all=true'] = [200, '<html>'];
    await expect(listDocker(daemon(), 'l')).rejects.toThrow('does not answer like a container daemon');
    await expect(listDocker({ host: 'unix:///nowhere', timeoutMs: 1000 }, 'l')).rejects.toThrow(
      /^container daemon unix:\/\/\/nowhere: /,
    );
    await expect(listDocker({ host: 'ssh://x', timeoutMs: 1000 }, 'l')).rejects.toThrow('use sweep.command');
  });

  it('removes by id; what is gone already is fine', async () => {
    answers['DELETE /containers/c1?force=true'] = [204, ''];
    answers['DELETE /volumes/a%2Fb'] = [409, 'volume is in use'];
    await removeDocker(daemon(), { kind: 'container', id: 'c1' });
    await removeDocker(daemon(), { kind: 'container', id: 'gone' });
    await expect(removeDocker(daemon(), { kind: 'volume', id: 'a/b' })).rejects.toThrow('answered 409: volume is in use');
    expect(asked).toEqual(['DELETE /containers/c1?force=true', 'DELETE /containers/gone?force=true', 'DELETE /volumes/a%2Fb']);
  });
});
