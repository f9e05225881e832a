import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/app/context.ts';
import { checkConfiguration } from '../../../src/app/doctor-config.ts';
import { loadConfig } from '../../../src/app/load-config.ts';

const homes: string[] = [];
afterEach(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
});

/** What `doctor` says of this file, with the templates docker (twice) and bare, which has no version. */
async function examine(yaml: string | undefined): Promise<readonly string[]> {
  const home = mkdtempSync(join(tmpdir(), 'prebuilds-doctor-'));
  homes.push(home);
  if (yaml !== undefined) writeFileSync(join(home, 'config.yaml'), yaml);
  const presets: Readonly<Record<string, readonly string[]>> = { v1: ['Small', 'Large'], v2: ['Huge'] };
  const store = {
    listTemplates: () =>
      Promise.resolve([
        { name: 'docker', activeVersionId: 'v1' },
        { name: 'docker', activeVersionId: 'v2' },
        { name: 'bare', activeVersionId: undefined },
      ]),
    versionPresets: (id: string) => Promise.resolve((presets[id] ?? []).map((name) => ({ name }))),
  };
  const found = await checkConfiguration({ config: await loadConfig({ home, env: {} }), store } as unknown as Context);
  for (const { level, remedy } of found) expect(remedy === undefined).toBe(level === 'ok');
  return found.map(
    ({ level, message, remedy }) => `${level}: ${message.replace(home, '')}${remedy === undefined ? '' : `; ${remedy}`}`,
  );
}

describe('doctor on the configuration', () => {
  it('has nothing to say without a file, and names one that is right', async () => {
    expect(await examine(undefined)).toEqual([]);
    expect(await examine('templates:\n  docker:\n    presets: { Small: { surge: 2 }, Huge: {} }\n  bare: {}\n')).toEqual([
      'ok: /config.yaml',
    ]);
  });

  it('finds names of templates and presets that there are not', async () => {
    expect(
      await examine(
        'templates:\n  dokcer: { surge: 2 }\n  docker: { presets: { small: {}, Tiny: {} } }\n  bare: { presets: { x: {} } }\n',
      ),
    ).toEqual([
      'warning: templates.dokcer: there is no template of this name; did you mean docker?',
      'warning: templates.docker.presets.small: there is no preset of this name; did you mean Small?',
      'warning: templates.docker.presets.Tiny: there is no preset of this name; correct the name, or push it, or remove the settings',
      'warning: templates.bare.presets.x: there is no preset of this name; correct the name, or push it, or remove the settings',
    ]);
  });

  it('finds words of connect that nothing fills in, once', async () => {
    expect(
      await examine(
        'templates:\n  docker:\n    connect: [ssh, "{nmae}"]\n    presets: { Small: {}, Large: { connect: [ssh, "{host}"] } }\n',
      ),
    ).toEqual([
      'warning: connect of docker: nothing fills in {nmae}; there are {id}, {name}, {owner} and {output.NAME}',
      'warning: connect of docker: nothing fills in {host}; there are {id}, {name}, {owner} and {output.NAME}',
    ]);
  });
});
