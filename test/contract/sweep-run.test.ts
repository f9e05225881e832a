import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lookAt, type SweepDeps, type SweepPlan } from '../../src/sweep/run.ts';
import { eachTest } from './harness.ts';
import { openSqlite } from './sqlite-support.ts';
import { givenPrebuild, givenReady, givenTemplate, must, queue, succeed } from './support.ts';

/** A look at a daemon while the store goes on: rows are read before and after, and what moved in between is left alone. */
describe('a look at a source', () => {
  const at = eachTest(openSqlite);
  let folder: string;
  let server: Server;
  let containers: { Id: string; Labels: Record<string, string> }[];
  /** What happens while the daemon is asked. */
  let meanwhile: () => Promise<void>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'prebuilds-look-'));
    containers = [];
    meanwhile = () => Promise.resolve();
    server = createServer((request, response) => {
      const body = request.url === '/volumes' ? '{"Volumes":null}' : JSON.stringify(containers);
      void meanwhile().then(() => response.end(body));
      meanwhile = () => Promise.resolve();
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'd.sock'), resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const has = (id: string, workspaceId: string): void => {
    containers.push({ Id: id, Labels: { 'coder.workspace_id': workspaceId } });
  };
  const deps = (): SweepDeps => ({
    store: at().a,
    clock: at().clock,
    home: folder,
    env: {},
    readState: () => ({
      kind: 'ok',
      resources: [{ address: 'docker_container.main', type: 'docker_container', mode: 'managed', id: 'kept' }],
    }),
    readTexts: () => new Set(),
  });
  const plan = (templateId: string): SweepPlan => ({
    source: { kind: 'docker', host: `unix://${join(folder, 'd.sock')}`, label: 'coder.workspace_id' },
    templateIds: new Set([templateId]),
    intervalMs: 1,
    timeoutMs: 5000,
  });

  it('judges what is at rest, and counts what is of this home', async () => {
    const given = await givenTemplate(at().a);
    const ready = await givenReady(at().a, given.preset);
    has('kept', ready.id);
    has('extra', ready.id);
    has('theirs', 'somebody-elses');
    const { result } = await lookAt(deps(), plan(given.templateId));
    expect(result).toMatchObject({
      objects: 2,
      error: undefined,
      findings: [
        { verdict: 'leaked', id: 'extra', workspace: `prebuilds/${ready.name}` },
        { verdict: 'foreign', id: 'theirs' },
      ],
    });
  });

  it('leaves alone what is being built', async () => {
    const given = await givenTemplate(at().a);
    const { workspace } = await givenPrebuild(at().a, given.preset);
    has('new', workspace.id);
    expect((await lookAt(deps(), plan(given.templateId))).result.findings).toEqual([]);
  });

  it('leaves alone what was deleted while it looked, and finds it the next time', async () => {
    const { a } = at();
    const given = await givenTemplate(a);
    const ready = await givenReady(a, given.preset);
    has('kept', ready.id);
    meanwhile = async () => succeed(a, must(await queue(a, ready, 'delete')).build);
    expect((await lookAt(deps(), plan(given.templateId))).result.findings).toEqual([]);
    expect(await a.getWorkspace(ready.id)).toMatchObject({ phase: 'deleted' });
    expect((await lookAt(deps(), plan(given.templateId))).result.findings).toMatchObject([
      { verdict: 'leaked', id: 'kept', reason: 'its workspace is deleted', removable: true },
    ]);
  });

  it('leaves alone what was built and is at rest again', async () => {
    const { a } = at();
    const given = await givenTemplate(a);
    const ready = await givenReady(a, given.preset);
    has('replaced', ready.id);
    meanwhile = async () => succeed(a, must(await queue(a, ready, 'stop')).build);
    expect((await lookAt(deps(), plan(given.templateId))).result.findings).toEqual([]);
  });

  it('keeps what was found before when the source does not answer', async () => {
    const { a } = at();
    const given = await givenTemplate(a);
    const ready = await givenReady(a, given.preset);
    has('extra', ready.id);
    const first = await lookAt(deps(), plan(given.templateId));
    await a.saveSweep(first.result);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const second = await lookAt(deps(), plan(given.templateId));
    expect(second.seen).toBeUndefined();
    expect(second.result.error).toContain('container daemon unix://');
    expect(second.result.findings).toEqual(first.result.findings);
  });
});
