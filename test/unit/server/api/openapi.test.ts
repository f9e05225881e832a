import { describe, expect, it } from 'vitest';
import { PATHS } from '../../../../src/api/paths.ts';
import { openApi } from '../../../../src/server/api/openapi.ts';

const document = openApi('1.2.3') as unknown as {
  paths: Record<string, Record<string, { operationId: string; parameters: { name: string; in: string }[] }>>;
  components: { schemas: Record<string, unknown> };
};

describe('the OpenAPI document', () => {
  it('has every route, under its own name', () => {
    const found = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => [operationId, `${method.toUpperCase()} ${path}`]),
    );
    expect(Object.fromEntries(found)).toEqual({ ...PATHS, 'requests.end': 'DELETE /requests/{id}' });
  });

  it('refers to nothing that is not there, and says nothing only we understand', () => {
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref.replace('#/components/schemas/', ''));
    expect(names.length).toBeGreaterThan(40);
    for (const name of new Set(names)) expect(document.components.schemas).toHaveProperty([name]);
    expect(text).not.toMatch(/\$defs|\$schema|\\\\p\{/);
  });

  it('says how a question is ended, and how a stream is asked for again', () => {
    const names = (path: string, method: string) => document.paths[path]?.[method]?.parameters.map(({ name }) => name);
    expect(names('/claims', 'post')).toContain('X-Request-Id');
    expect(names('/events/stream', 'get')).toEqual(expect.arrayContaining(['after', 'X-Request-Id', 'Last-Event-ID']));
    expect(names('/events', 'get')).not.toContain('Last-Event-ID');
    expect(JSON.stringify(document)).toContain('"agent-line"');
  });

  it('says where each input belongs', () => {
    for (const [path, methods] of Object.entries(document.paths))
      for (const { parameters } of Object.values(methods))
        for (const { name, in: where } of parameters)
          expect([path, name, where === 'path']).toEqual([path, name, path.includes(`{${name}}`)]);
  });
});
