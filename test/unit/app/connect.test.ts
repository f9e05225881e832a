import { describe, expect, it } from 'vitest';
import { connectArgv, connectLine, unknownPlaceholders } from '../../../src/app/connect.ts';
import type { Context } from '../../../src/app/context.ts';
import { aWorkspace } from '../../support/workspace.ts';

const contextWith = (connect: readonly string[] | undefined, outputs: Readonly<Record<string, unknown>> = {}): Context =>
  ({
    config: { home: '/nowhere', policy: () => ({ connect }) },
    store: {
      getTemplate: () => Promise.resolve({ name: 'docker' }),
      getPreset: () => Promise.resolve({ name: 'small' }),
    },
    pool: { engine: { readState: () => ({ kind: 'ok', outputs, resources: [] }) } },
  }) as unknown as Context;

describe('the connect command', () => {
  it('has its placeholders filled in, and nothing else touched', async () => {
    const command = ['ssh', '-p', '{output.port}', '{owner}@{output.host}', 'echo {name} {id} ${HOME} {{.State}} {x}'];
    expect(await connectArgv(contextWith(command, { port: 22, host: 'box' }), aWorkspace())).toEqual([
      'ssh',
      '-p',
      '22',
      'ana@box',
      'echo api w1 ${HOME} {{.State}} {x}',
    ]);
    expect(await connectArgv(contextWith(undefined), aWorkspace())).toBeUndefined();
  });

  it.each([
    ['ready', { host: 'a', list: [1] }, 'it has host, list; sensitive ones, lists and maps are not filled in'],
    ['ready', {}, 'it has none; sensitive ones, lists and maps are not filled in'],
    ['stopped', {}, 'start it: `prebuilds start ana/api`'],
  ] as const)('is refused while %s with outputs %j when it needs another one', async (phase, outputs, hint) => {
    const context = contextWith(['ssh', '{output.list}'], outputs);
    await expect(connectArgv(context, aWorkspace({ phase }))).rejects.toMatchObject({
      code: 'no_output',
      message: 'the connect command of ana/api needs the output "list", which it does not have',
      hint,
    });
    // To show what to type does not need it.
    expect(await connectLine(context, aWorkspace({ phase }))).toBe('prebuilds connect ana/api');
  });

  it('may have words in braces that nothing fills in', () => {
    const command = ['{nmae}', '{output.x} {outputs.x}', '${HOME} ${home} {{end}} {} {print $1}', '{workspace}-{id}'];
    expect(unknownPlaceholders(command)).toEqual(['{nmae}', '{outputs.x}', '{workspace}']);
  });
});
