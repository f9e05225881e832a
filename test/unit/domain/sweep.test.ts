import { describe, expect, it } from 'vitest';
import {
  absentSuspects,
  compare,
  sourceName,
  type Listing,
  type RealObject,
  type SweptWorkspace,
} from '../../../src/domain/sweep.ts';
import type { Suspect } from '../../../src/domain/types.ts';

const workspace = (id: string, more: Partial<SweptWorkspace> = {}): SweptWorkspace => ({
  id,
  name: `ann/${id}`,
  phase: 'ready',
  quiet: true,
  inScope: true,
  state: 'ok',
  versionId: 'v1',
  resources: [
    { address: 'docker_container.main[0]', type: 'docker_container', id: `c-${id}` },
    { address: 'docker_volume.home', type: 'docker_volume', id: `v-${id}` },
    { address: 'coder_metadata.main', type: 'coder_metadata', id: 'meta' },
  ],
  texts: new Set([`/machines/${id}`]),
  ...more,
});
const container = (id: string, workspaceId: string | undefined): RealObject => ({
  kind: 'container',
  id,
  type: 'docker_container',
  workspaceId,
});
const volume = (id: string, workspaceId: string | undefined): RealObject => ({
  kind: 'volume',
  id,
  type: 'docker_volume',
  workspaceId,
});
const folder = (id: string): RealObject => ({
  kind: 'folder',
  id: `/machines/${id}`,
  name: `/machines/${id}`,
  type: '',
  workspaceId: id,
});
const machine = (id: string): RealObject => ({ kind: 'process', id: '77', name: `/machines/${id}`, type: '', workspaceId: id });
const plain = (id: string, workspaceId?: string): RealObject => ({ kind: 'object', id, type: '', workspaceId });

const listing = (...objects: readonly RealObject[]): Listing => ({ objects, everything: new Map() });
const world = (...all: readonly SweptWorkspace[]) => new Map(all.map((one) => [one.id, one]));
const look = (objects: readonly RealObject[], ...all: readonly SweptWorkspace[]) =>
  compare(listing(...objects), world(...all)).map(({ verdict, id, reason, removable }) => ({ verdict, id, reason, removable }));

describe('what really exists', () => {
  it('is fine when one live workspace has it in its state', () => {
    expect(
      look(
        [container('c-a', 'a'), volume('v-a', 'a'), folder('a'), machine('a'), plain('c-a'), plain('v-a', 'a')],
        workspace('a'),
      ),
    ).toEqual([]);
  });

  it.each([
    ['of a deleted workspace', container('c-a', 'a'), { phase: 'deleted' }, 'its workspace is deleted', true],
    [
      'a volume of a deleted workspace',
      volume('v-a', 'a'),
      { phase: 'deleted', resources: [] },
      'its workspace is deleted',
      true,
    ],
    ['a second container', container('c-x', 'a'), {}, 'the state of its workspace does not know it', true],
    ['a second volume may hold work', volume('v-x', 'a'), {}, 'the state of its workspace does not know it', false],
    ['a volume with the id of a container', volume('c-a', 'a'), {}, 'the state of its workspace does not know it', false],
    [
      'what an ending workspace left',
      volume('v-x', 'a'),
      { phase: 'deleting', state: 'missing', resources: [] },
      'no state knows it, and its workspace is being deleted',
      true,
    ],
    [
      'where the state is torn nothing is removed',
      container('c-a', 'a'),
      { state: 'torn', resources: [] },
      'the state of its workspace is torn',
      false,
    ],
    [
      'where the state is gone nothing is removed',
      container('c-a', 'a'),
      { state: 'missing', resources: [] },
      'the state of its workspace is missing',
      false,
    ],
    [
      'a folder that no state names',
      folder('a'),
      { texts: new Set<string>() },
      'the state of its workspace does not know it',
      false,
    ],
    ['a folder of a deleted workspace', folder('a'), { phase: 'deleted' }, 'its workspace is deleted', false],
    ['a process of a stopped workspace', machine('a'), { phase: 'stopped' }, 'its workspace is stopped', false],
    ['an id without a workspace', plain('i-9'), {}, 'no state knows it', false],
    ['the id of something of coder', plain('meta'), {}, 'no state knows it', false],
  ] as const)('is leaked: %s', (_name, object, more, reason, removable) => {
    expect(look([object], workspace('a', more))).toEqual([{ verdict: 'leaked', id: object.id, reason, removable }]);
  });

  it('of an unknown workspace is foreign and never removable', () => {
    expect(look([container('c-x', 'stranger')], workspace('a'))).toEqual([
      { verdict: 'foreign', id: 'c-x', reason: 'its workspace is not of this home', removable: false },
    ]);
  });

  it('is not judged while its workspace is being built', () => {
    const busy = workspace('a', { quiet: false });
    expect(look([container('c-x', 'a'), plain('i-9')], busy)).toEqual([]);
    expect(look([container('c-x', 'a')], workspace('a', { quiet: false, phase: 'deleted' }))).toEqual([]);
  });

  it('belongs to one workspace only', () => {
    const twin = workspace('b', { resources: [{ address: 'x.y', type: 'docker_volume', id: 'v-a' }] });
    expect(look([volume('v-a', 'a')], workspace('a'), twin)).toEqual([
      { verdict: 'leaked', id: 'v-a', reason: 'several states have it: ann/a, ann/b', removable: false },
    ]);
  });
});

describe('what a state has', () => {
  const everything = new Map([['docker_container', new Set(['c-b'])]]);
  const missing = (...all: readonly SweptWorkspace[]) =>
    compare({ objects: [], everything }, world(...all)).map(({ verdict, id, name, workspace: owner }) => ({
      verdict,
      id,
      name,
      owner,
    }));

  it('is missing when the source lists its type in full and not it', () => {
    expect(missing(workspace('a'), workspace('b'))).toEqual([
      { verdict: 'missing', id: 'c-a', name: 'docker_container.main[0]', owner: 'ann/a' },
    ]);
  });

  it.each([{ quiet: false }, { inScope: false }, { phase: 'deleting' }] as const)('is not asked for in %j', (more) => {
    expect(missing(workspace('a', more))).toEqual([]);
  });
});

describe('a suspect is proved absent', () => {
  const suspect = (more: Partial<Suspect & { versionId: string }> = {}) => ({
    id: 's',
    workspaceId: 'a',
    buildId: 'b',
    address: 'docker_container.main[0]',
    type: 'docker_container',
    state: 'open' as const,
    at: 0,
    versionId: 'v1',
    ...more,
  });
  const LATER = 11 * 60_000;
  const prove = (objects: readonly RealObject[], one = suspect(), now = LATER, ...more: readonly SweptWorkspace[]) =>
    absentSuspects(
      [one],
      listing(...objects),
      world(workspace('a', { phase: 'deleting', resources: [] }), workspace('b'), ...more),
      now,
    ).length;

  it('when the same resource of another workspace of its version is seen', () => {
    expect(prove([container('c-b', 'b')])).toBe(1);
    expect(prove([container('c-b', 'b')], suspect({ address: 'docker_container.main[1]' }))).toBe(1);
  });

  it('when its own workspace went on with another one, and that is all there is', () => {
    const recovered = workspace('a');
    expect(prove([container('c-a', 'a')], suspect(), LATER, recovered)).toBe(1);
    expect(prove([container('c-a', 'a'), container('c-x', 'a')], suspect(), LATER, recovered)).toBe(0);
  });

  it.each([
    ['nothing is seen', []],
    ['only another type is seen', [volume('v-b', 'b')]],
    ['it is there', [container('c-b', 'b'), container('c-x', 'a')]],
    ['something without a workspace may be it', [container('c-b', 'b'), container('c-x', undefined)]],
    ['what is seen is in no state', [container('c-y', 'b')]],
  ])('but not when %s', (_name, objects) => {
    expect(prove(objects)).toBe(0);
  });

  it('and not for another version or resource, too early, or while something is built', () => {
    expect(prove([container('c-b', 'b')], suspect({ versionId: 'v2' }))).toBe(0);
    expect(prove([container('c-b', 'b')], suspect({ address: 'docker_container.other' }))).toBe(0);
    expect(prove([container('c-b', 'b')], suspect({ at: LATER - 60_000 }))).toBe(0);
    expect(prove([container('c-b', 'b')], suspect(), LATER, workspace('a', { quiet: false }))).toBe(0);
  });
});

it.each([
  [{ kind: 'docker', host: 'unix:///x', label: 'coder.workspace_id' }, 'docker unix:///x'],
  [{ kind: 'docker', host: 'unix:///x', label: 'mine' }, 'docker unix:///x mine'],
  [{ kind: 'process', folder: '/m' }, 'process /m'],
  [{ kind: 'command', argv: ['a', 'b'] }, 'command a b'],
] as const)('a source has a name: %j', (source, name) => {
  expect(sourceName(source)).toBe(name);
});
