import { describe, expect, it } from 'vitest';
import { hashOf, parsePlace, tokenIn, type Place } from '../../../src/web/route.ts';
import { requestOf } from '../../../src/web/request.ts';

describe('places', () => {
  it.each<Place>([
    { view: 'pools', filter: '' },
    { view: 'pools', filter: 'docker & co' },
    { view: 'workspaces', search: '"preset:GoLand: Large" owner:ann' },
    { view: 'workspace', owner: 'ann', name: 'dev', build: undefined },
    { view: 'workspace', owner: 'a/b', name: '<i>%', build: 3 },
    { view: 'events' },
    { view: 'claim', template: 'docker', preset: 'A?B#C' },
  ])('%j survives its address', (place) => {
    expect(parsePlace(hashOf(place))).toEqual(place);
  });

  it.each(['', '#', '#/nowhere', '#token=x'])('%j is the first view', (hash) => {
    expect(parsePlace(hash)).toEqual({ view: 'pools', filter: '' });
  });

  it('takes odd addresses as they are', () => {
    expect(parsePlace('#/workspaces/%E0%A4%A/x?build=no')).toEqual({
      view: 'workspace',
      owner: '%E0%A4%A',
      name: 'x',
      build: undefined,
    });
    expect(parsePlace('#/workspaces/ann')).toEqual({ view: 'workspaces', search: '' });
  });

  it('finds the token of a login address, and nothing else', () => {
    expect(tokenIn(`#token=pb_${'a'.repeat(43)}`)).toBe(`pb_${'a'.repeat(43)}`);
    expect([tokenIn('#token='), tokenIn('#/pools'), tokenIn('#token=a b')]).toEqual([undefined, undefined, undefined]);
  });
});

describe('requests', () => {
  it('put inputs into the path, the query or the body', () => {
    expect(requestOf('workspaces.logs', { owner: 'a/b', name: 'dev', build: 3, follow: true, other: undefined })).toEqual({
      method: 'GET',
      url: '/api/v1/workspaces/a%2Fb/dev/logs?build=3&follow=true',
      body: undefined,
    });
    expect(requestOf('pools.pause', { paused: true, pool: undefined })).toEqual({
      method: 'POST',
      url: '/api/v1/pools/pause',
      body: '{"paused":true}',
    });
    expect(requestOf('me', {}).url).toBe('/api/v1/me');
  });
});
