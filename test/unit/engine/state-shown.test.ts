import { describe, expect, it } from 'vitest';
import { parseStateShown } from '../../../src/engine/state-shown.ts';

const resource = (type: string, name: string, attributes: object, sensitive: readonly unknown[] = []) => ({
  mode: 'managed',
  type,
  name,
  instances: [{ attributes, sensitive_attributes: sensitive }],
});
const state = (...resources: readonly object[]): string => JSON.stringify({ version: 4, resources });

describe('what a state shows', () => {
  it('apps, with their defaults', () => {
    const { apps } = parseStateShown(
      state(
        resource('coder_app', 'editor', {
          agent_id: 'a',
          slug: 'editor',
          display_name: 'Editor',
          url: 'http://localhost:1',
          external: false,
          healthcheck: [{ url: 'http://localhost:1/healthz', interval: 5, threshold: 6 }],
        }),
        resource('coder_app', 'shell', { agent_id: 'a', command: 'htop', hidden: true, healthcheck: [] }),
        resource('null_resource', 'x', { slug: 'no' }),
      ),
    );
    expect(apps).toEqual([
      {
        slug: 'editor',
        displayName: 'Editor',
        agentId: 'a',
        url: 'http://localhost:1',
        command: undefined,
        external: false,
        hidden: false,
        hasHealthcheck: true,
      },
      {
        slug: 'shell',
        displayName: 'shell',
        agentId: 'a',
        url: undefined,
        command: 'htop',
        external: false,
        hidden: true,
        hasHealthcheck: false,
      },
    ]);
  });

  it('metadata, without what is sensitive for template or engine', () => {
    const item = (key: string, value: string, sensitive = false) => ({ key, value, sensitive, is_null: false });
    const path = (name: string) => [{ type: 'get_attr', value: name }];
    const { apps, metadata } = parseStateShown(
      state(
        resource('coder_metadata', 'disk', { resource_id: 'd', item: [item('size', '10'), item('key', 'secret', true)] }),
        resource('coder_metadata', 'quiet', { resource_id: 'q', hide: true, item: [item('a', 'b')] }),
        resource('coder_metadata', 'closed', { resource_id: 'c', item: [item('a', 'secret')] }, [path('item')]),
        resource('coder_app', 'open', { slug: 'open', url: 'http://secret' }, [path('url')]),
      ),
    );
    expect(metadata).toEqual([
      { resourceId: 'd', address: 'coder_metadata.disk', key: 'size', value: '10' },
      { resourceId: 'd', address: 'coder_metadata.disk', key: 'key', value: undefined },
      { resourceId: 'c', address: 'coder_metadata.closed', key: 'a', value: undefined },
    ]);
    expect(apps).toMatchObject([{ slug: 'open', url: undefined }]);
  });

  it.each(['', '{', '[]', '{"resources":1}'])('nothing of a state that cannot be read: %s', (text) => {
    expect(parseStateShown(text)).toEqual({ apps: [], metadata: [] });
  });
});
