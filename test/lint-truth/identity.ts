import type { Person } from '../../src/domain/types.ts';
import { SYSTEM_USER } from '../../src/domain/types.ts';
import { coderEnvironment } from '../../src/engine/environment.ts';

/** Values of parameters, by name, that the two builds are given. The claim of a prebuild gives again what its preset pins. */
export interface CaseInputs {
  readonly prebuild?: Readonly<Record<string, string>>;
  readonly claim?: Readonly<Record<string, string>>;
}

const WORKSPACE_ID = '3f0c6c0e-9f43-4c1c-8f0a-5f2f8f7f1d11';
const CLAIMANT: Person = {
  id: '91a6a2b4-4b39-4c79-a1ce-0d9b0a0d4a77',
  username: 'anna',
  fullName: 'Anna Bell',
  email: 'anna@example.org',
  isSystem: false,
};

/** `CODER_*` of the build that makes the prebuild. */
export const prebuildEnvironment = (inputs: CaseInputs): Record<string, string> => ({
  ...environment(inputs.prebuild ?? {}, undefined, {
    stage: 'create',
    name: 'prebuild-k3v9q2hd7mx1',
    owner: { ...SYSTEM_USER, isSystem: true },
    token: undefined,
  }),
  ...personal('prebuilds', '00000000-0000-0000-0000-000000000000', ''),
});

/** `CODER_*` of the claim of the same workspace. Everything that belongs to a person differs from the first build. */
export const claimEnvironment = (inputs: CaseInputs, token: string | undefined): Record<string, string> => ({
  ...environment(inputs.claim ?? inputs.prebuild ?? {}, inputs.prebuild ?? {}, {
    stage: 'claim',
    name: 'dev',
    owner: CLAIMANT,
    token,
  }),
  ...personal('anna', '5f0d2a0e-1111-4000-8000-000000000001', 'write the report'),
});

interface Build {
  readonly stage: 'create' | 'claim';
  readonly name: string;
  readonly owner: Person;
  readonly token: string | undefined;
}

const environment = (
  parameters: Readonly<Record<string, string>>,
  previous: Readonly<Record<string, string>> | undefined,
  build: Build,
): Record<string, string> =>
  coderEnvironment({
    workspaceId: WORKSPACE_ID,
    workspaceName: build.name,
    owner: build.owner,
    groups: build.owner.isSystem ? [] : ['developers'],
    roles: build.owner.isSystem ? [] : [{ name: 'member', orgId: '' }],
    buildId: `build-${build.stage}`,
    templateId: '7d4b1b0e-0000-4000-8000-000000000001',
    templateName: 'truth',
    templateVersion: '1',
    transition: 'start',
    stage: build.stage,
    parameters,
    previousParameters: previous,
    runningToken: build.token,
    accessUrl: 'http://127.0.0.1:7780',
    loader: 1,
  });

/** What a coderd gives each user and this tool leaves empty: templates read it, so the two builds must differ in it. */
const personal = (who: string, taskId: string, prompt: string): Record<string, string> => ({
  CODER_WORKSPACE_OWNER_SSH_PUBLIC_KEY: `ssh-ed25519 ${who}`,
  CODER_WORKSPACE_OWNER_SSH_PRIVATE_KEY: `private ${who}`,
  CODER_WORKSPACE_OWNER_SESSION_TOKEN: `session-${who}`,
  CODER_WORKSPACE_OWNER_OIDC_ACCESS_TOKEN: `oidc-${who}`,
  CODER_WORKSPACE_OWNER_LOGIN_TYPE: who === 'anna' ? 'oidc' : 'none',
  CODER_EXTERNAL_AUTH_ACCESS_TOKEN_github: `github-${who}`,
  CODER_TASK_ID: taskId,
  CODER_TASK_PROMPT: prompt,
});
