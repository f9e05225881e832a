import { describe, expect, it } from 'vitest';
import type { WorkspaceView } from '../../../src/api/app.ts';
import { parseSearch } from '../../../src/app/search.ts';
import { openSqlite } from '../../contract/sqlite-support.ts';
import { givenCold, givenReady, givenTemplate } from '../../contract/support.ts';

/** Every workspace of a store as the list sees it. */
async function worldWithViews() {
  const under = await openSqlite();
  const docker = await givenTemplate(under.a, { name: 'Docker' });
  const alpine = await givenTemplate(under.a, { name: 'alpine', presets: [{ name: 'GoLand: Large' }] });
  await givenReady(under.a, docker.preset);
  await givenCold(under.a, docker, { owner: 'Ana', name: 'dev' });
  await givenCold(under.a, alpine, { owner: 'ana-2', name: 'Work' });
  await givenCold(under.a, alpine, { owner: 'ÉMILE', name: 'Work' });
  const views = async (filter = {}): Promise<readonly WorkspaceView[]> =>
    (await under.a.namedWorkspaces(filter)).map((named) => ({ ...named, liveBuild: undefined }));
  return { under, views };
}

describe('the search of workspaces', () => {
  it.each([
    ['', ['prebuilds', 'Ana', 'ana-2', 'ÉMILE']],
    ['owner:ana', ['Ana']],
    ['OWNER:ANA', ['Ana']],
    ['owner:Me', ['Ana']],
    ['owner:prebuilds status:Ready', ['prebuilds']],
    ['owner:émile', ['ÉMILE']],
    ['status:queued', ['Ana', 'ana-2', 'ÉMILE']],
    ['template:docker', ['prebuilds', 'Ana']],
    ['template:DOCKER dev', ['Ana']],
    ['"preset:goland: large"', ['ana-2', 'ÉMILE']],
    ['org:default name:wor', ['ana-2', 'ÉMILE']],
    ['owner:ana owner:ana-2', []],
    ['status:queued status:ready', []],
    ['owner:nobody', []],
    ['template:nothing', []],
    ['status:stopped', []],
    [`owner:x'or'1'='1`, []],
  ])('%s', async (search, owners) => {
    const { under, views } = await worldWithViews();
    const { filter, test } = parseSearch(search, 'Ana');
    const found = (await views(filter)).filter(test);
    // What the store leaves out is what the test would have left out.
    expect(found).toEqual((await views()).filter(test));
    expect(found.map(({ workspace }) => workspace.ownerName).sort()).toEqual([...owners].sort());
    await under.close();
  });

  it('refuses a key and a status that it does not know', () => {
    expect(() => parseSearch('colour:blue', 'ana')).toThrow(expect.objectContaining({ code: 'unknown_search_key' }));
    expect(() => parseSearch('status:typo', 'ana')).toThrow(expect.objectContaining({ code: 'bad_status' }));
  });
});
