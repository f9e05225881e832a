import { describe, expect, it } from 'vitest';
import { SYSTEM_USER } from '../../../src/domain/types.ts';
import { engineEnvironment, type OperationIdentity, parameterVariable } from '../../../src/engine/environment.ts';
import { loaderText } from '../../../src/engine/loaders/index.ts';
import { sha256 } from '../../../src/kit/ids.ts';

const anna = { id: 'id-anna', username: 'anna', fullName: 'Anna Example', email: 'anna@example.org', isSystem: false };
const system = { ...SYSTEM_USER, isSystem: true };
const identity: OperationIdentity = {
  workspaceId: 'ws-1',
  workspaceName: 'dev',
  owner: anna,
  groups: [],
  roles: [],
  buildId: 'build-1',
  templateId: 'tpl-1',
  templateName: 'docker',
  templateVersion: '3',
  transition: 'start',
  stage: 'none',
  parameters: {},
  previousParameters: undefined,
  runningToken: undefined,
  accessUrl: 'http://pool.example:7780',
  loader: 1,
};
const build = (
  who: Partial<OperationIdentity> = {},
  inherited: Record<string, string | undefined> = {},
  configured: Record<string, string> = {},
) =>
  engineEnvironment({
    inherited,
    configured,
    dataDir: '/v/data',
    fileExists: (path) => path === '/there.tfrc',
    identity: { ...identity, ...who },
  });

describe('engineEnvironment', () => {
  it('has every variable that the provider reads, and nothing else that begins like one', () => {
    const env = build();
    const coder = Object.fromEntries(Object.entries(env).filter(([name]) => /^CODER_(?!AGENT_SCRIPT_)/.test(name)));
    expect(coder).toStrictEqual({
      CODER_AGENT_URL: 'http://pool.example:7780',
      CODER_WORKSPACE_TRANSITION: 'start',
      CODER_WORKSPACE_NAME: 'dev',
      CODER_WORKSPACE_ID: 'ws-1',
      CODER_WORKSPACE_BUILD_ID: 'build-1',
      CODER_WORKSPACE_TEMPLATE_ID: 'tpl-1',
      CODER_WORKSPACE_TEMPLATE_NAME: 'docker',
      CODER_WORKSPACE_TEMPLATE_VERSION: '3',
      CODER_WORKSPACE_OWNER: 'anna',
      CODER_WORKSPACE_OWNER_ID: 'id-anna',
      CODER_WORKSPACE_OWNER_NAME: 'Anna Example',
      CODER_WORKSPACE_OWNER_EMAIL: 'anna@example.org',
      CODER_WORKSPACE_OWNER_GROUPS: '["Everyone"]',
      CODER_WORKSPACE_OWNER_RBAC_ROLES: '[]',
      CODER_WORKSPACE_OWNER_SSH_PUBLIC_KEY: '',
      CODER_WORKSPACE_OWNER_SSH_PRIVATE_KEY: '',
      CODER_WORKSPACE_OWNER_SESSION_TOKEN: '',
      CODER_WORKSPACE_OWNER_OIDC_ACCESS_TOKEN: '',
      CODER_WORKSPACE_OWNER_LOGIN_TYPE: 'none',
      CODER_TASK_ID: '00000000-0000-0000-0000-000000000000',
      CODER_TASK_PROMPT: '',
    });
    expect(env['CODER_AGENT_SCRIPT_linux_amd64']).toBe(loaderText(1));
    expect(env['CODER_AGENT_SCRIPT_linux_arm64']).toBe(loaderText(1));
    expect(env['CODER_AGENT_SCRIPT_windows_amd64']).toBeUndefined();
    expect(env).toMatchObject({ TF_DATA_DIR: '/v/data', TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1' });
  });

  it.each([
    ['filling the pool', { stage: 'create', owner: system }, 'true', undefined],
    ['deleting a prebuild', { stage: 'none', owner: system, transition: 'delete' }, 'true', undefined],
    ['restarting a held prebuild', { stage: 'none', owner: system }, 'true', undefined],
    ['a claim', { stage: 'claim' }, undefined, 'true'],
    ['a build after the claim', { stage: 'none' }, undefined, undefined],
  ] as const)('flags of %s', (_name, who, isPrebuild, isClaim) => {
    const env = build(who);
    expect(env['CODER_WORKSPACE_IS_PREBUILD']).toBe(isPrebuild);
    expect(env['CODER_WORKSPACE_IS_PREBUILD_CLAIM']).toBe(isClaim);
  });

  it.each([
    ['start', 'start'],
    ['stop', 'stop'],
    ['delete', 'destroy'],
  ] as const)('transition %s is %s', (transition, expected) => {
    expect(build({ transition })['CODER_WORKSPACE_TRANSITION']).toBe(expected);
  });

  it('carries parameters by the hash of their name, and the running token by the hash of nothing', () => {
    const env = build({ parameters: { cpus: '8' }, previousParameters: { cpus: '4' }, runningToken: 'tok' });
    expect(env[parameterVariable('cpus')]).toBe('8');
    expect(env[`CODER_PARAMETER_PREVIOUS_${sha256('cpus')}`]).toBe('4');
    expect(env['CODER_RUNNING_WORKSPACE_AGENT_TOKEN_e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855']).toBe(
      'tok',
    );
  });

  it('groups and roles are JSON; Everyone is in once', () => {
    const env = build({ groups: ['dev', 'Everyone'], roles: [{ name: 'member', orgId: 'o1' }] });
    expect(env['CODER_WORKSPACE_OWNER_GROUPS']).toBe('["Everyone","dev"]');
    expect(env['CODER_WORKSPACE_OWNER_RBAC_ROLES']).toBe('[{"name":"member","org_id":"o1"}]');
  });

  it('keeps what the command inherited, without CODER_* and what would lead the engine elsewhere', () => {
    const env = build(
      {},
      {
        PATH: '/bin',
        AWS_PROFILE: 'p',
        TF_VAR_region: 'eu',
        CODER_WORKSPACE_OWNER_SESSION_TOKEN: 'host secret',
        CODER_DONT_PASS: 'x',
        TF_REATTACH_PROVIDERS: '{}',
        TF_WORKSPACE: 'other',
        TF_DATA_DIR: '/elsewhere',
        TF_STATE_PERSIST_INTERVAL: '5',
        PREBUILDS_RUN: 'outer',
        UNSET: undefined,
      },
    );
    expect(env).toMatchObject({ PATH: '/bin', AWS_PROFILE: 'p', TF_DATA_DIR: '/v/data' });
    expect(env['CODER_WORKSPACE_OWNER_SESSION_TOKEN']).toBe('');
    for (const name of [
      'TF_VAR_region',
      'CODER_DONT_PASS',
      'TF_REATTACH_PROVIDERS',
      'TF_WORKSPACE',
      'TF_STATE_PERSIST_INTERVAL',
      'PREBUILDS_RUN',
      'UNSET',
    ]) {
      expect(Object.hasOwn(env, name), name).toBe(false);
    }
  });

  it('the configuration overrules what was inherited, but neither overrules the contract', () => {
    const env = build({}, { A: '1', B: '1' }, { B: '2', CODER_WORKSPACE_ID: 'forged', TF_WORKSPACE: 'x' });
    expect(env).toMatchObject({ A: '1', B: '2', CODER_WORKSPACE_ID: 'ws-1' });
    expect(env['TF_WORKSPACE']).toBeUndefined();
  });

  it('drops TF_CLI_CONFIG_FILE only when it names nothing', () => {
    expect(build({}, { TF_CLI_CONFIG_FILE: '/gone.tfrc' })['TF_CLI_CONFIG_FILE']).toBeUndefined();
    expect(build({}, { TF_CLI_CONFIG_FILE: '/there.tfrc' })['TF_CLI_CONFIG_FILE']).toBe('/there.tfrc');
  });
});
