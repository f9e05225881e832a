import type { ParameterValues, Person, Stage, Transition } from '../domain/types.ts';
import { VARIABLE_PREFIX } from '../kit/credentials.ts';
import { sha256 } from '../kit/ids.ts';
import { loaderText } from './loaders/index.ts';

/** Everything about an operation that the provider reads from its environment (Coder 4.1, spec 6.2). */
export interface OperationIdentity {
  readonly workspaceId: string;
  /** Name in this build's environment: the new one in claim and rename builds. */
  readonly workspaceName: string;
  /** Whom the environment names as owner: the claimant in a claim build. */
  readonly owner: Person;
  /** Group names besides Everyone. */
  readonly groups: readonly string[];
  readonly roles: readonly { readonly name: string; readonly orgId: string }[];
  readonly buildId: string;
  readonly templateId: string;
  readonly templateName: string;
  /** Name of the template version, for example its number. */
  readonly templateVersion: string;
  readonly transition: Transition;
  readonly stage: Stage;
  readonly parameters: ParameterValues;
  /** Values of the last build; undefined in the first one. */
  readonly previousParameters: ParameterValues | undefined;
  /** Token of the running agent, from the state; given to every plan after the first apply (spec 6.2). */
  readonly runningToken: string | undefined;
  readonly accessUrl: string;
  /** Number of the loader text stored with the build (agent-protocol 2). */
  readonly loader: number;
}

export interface EnvironmentInput {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** `env` and `env_file` of the configuration. */
  readonly configured: Readonly<Record<string, string>>;
  readonly dataDir: string;
  /** Decides about an inherited TF_CLI_CONFIG_FILE: the engine warns on every run when it names nothing. */
  readonly fileExists: (path: string) => boolean;
}

/** These decide where the engine looks for its own things, and only this tool may set them. */
const OWN_NAMES = new Set(['TF_REATTACH_PROVIDERS', 'TF_WORKSPACE', 'TF_DATA_DIR', 'PREBUILDS_RUN']);

/** Platforms that are given a loader; Windows agents are not served. */
const AGENT_PLATFORMS = ['linux_amd64', 'linux_arm64', 'linux_armv7', 'darwin_amd64', 'darwin_arm64'] as const;

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** What every program that the tool starts may see: what was inherited without `CODER_*`, then the configuration's own (spec 3). */
export function outsideEnvironment(
  inherited: EnvironmentInput['inherited'],
  configured: EnvironmentInput['configured'],
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value !== undefined && !name.startsWith('CODER_')) env[name] = value;
  }
  return { ...env, ...configured };
}

/**
 * Environment of engine commands that belong to no workspace (init, evaluation): what was inherited without `CODER_*`, then the
 * configuration's own, then what makes the engine quiet and keeps its data where we want it (spec 3). Variables of the template are fixed when it
 * is pushed, so whoever runs a command cannot change them by an inherited `TF_VAR_*` (spec 4.3).
 */
export function baseEnvironment(input: EnvironmentInput): Record<string, string> {
  const inherited = Object.entries(input.inherited).filter(([name]) => !name.startsWith(VARIABLE_PREFIX));
  const env = outsideEnvironment(Object.fromEntries(inherited), input.configured);
  for (const name of OWN_NAMES) Reflect.deleteProperty(env, name);
  const cliConfig = env['TF_CLI_CONFIG_FILE'];
  if (cliConfig !== undefined && !input.fileExists(cliConfig)) Reflect.deleteProperty(env, 'TF_CLI_CONFIG_FILE');
  // Below 20 tofu panics in the apply phase (engine-crash 1).
  if (Number(env['TF_STATE_PERSIST_INTERVAL'] ?? 20) < 20) Reflect.deleteProperty(env, 'TF_STATE_PERSIST_INTERVAL');
  return { ...env, TF_DATA_DIR: input.dataDir, TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1' };
}

/** The complete environment of one operation, the same for plan, apply and session providers (provider-sessions 5). Pure. */
export function engineEnvironment(input: EnvironmentInput & { readonly identity: OperationIdentity }): Record<string, string> {
  return { ...baseEnvironment(input), ...coderEnvironment(input.identity) };
}

/** The `CODER_*` part. What has no source here is empty, so that nothing falls back to a value from elsewhere (spec 6.2). */
export function coderEnvironment(who: OperationIdentity): Record<string, string> {
  const { owner } = who;
  return {
    CODER_AGENT_URL: who.accessUrl,
    CODER_WORKSPACE_TRANSITION: who.transition === 'delete' ? 'destroy' : who.transition,
    CODER_WORKSPACE_NAME: who.workspaceName,
    CODER_WORKSPACE_ID: who.workspaceId,
    CODER_WORKSPACE_BUILD_ID: who.buildId,
    CODER_WORKSPACE_TEMPLATE_ID: who.templateId,
    CODER_WORKSPACE_TEMPLATE_NAME: who.templateName,
    CODER_WORKSPACE_TEMPLATE_VERSION: who.templateVersion,
    CODER_WORKSPACE_OWNER: owner.username,
    CODER_WORKSPACE_OWNER_ID: owner.id,
    CODER_WORKSPACE_OWNER_NAME: owner.fullName,
    CODER_WORKSPACE_OWNER_EMAIL: owner.email,
    CODER_WORKSPACE_OWNER_GROUPS: JSON.stringify([...new Set(['Everyone', ...who.groups])]),
    CODER_WORKSPACE_OWNER_RBAC_ROLES: JSON.stringify(who.roles.map(({ name, orgId }) => ({ name, org_id: orgId }))),
    CODER_WORKSPACE_OWNER_SSH_PUBLIC_KEY: '',
    CODER_WORKSPACE_OWNER_SSH_PRIVATE_KEY: '',
    CODER_WORKSPACE_OWNER_SESSION_TOKEN: '',
    CODER_WORKSPACE_OWNER_OIDC_ACCESS_TOKEN: '',
    CODER_WORKSPACE_OWNER_LOGIN_TYPE: 'none',
    CODER_TASK_ID: NIL_UUID,
    CODER_TASK_PROMPT: '',
    ...prebuildFlags(who),
    ...(who.runningToken === undefined ? {} : { [`CODER_RUNNING_WORKSPACE_AGENT_TOKEN_${sha256('')}`]: who.runningToken }),
    ...parameterVariables('CODER_PARAMETER_', who.parameters),
    ...parameterVariables('CODER_PARAMETER_PREVIOUS_', who.previousParameters ?? {}),
    ...agentScripts(who.loader),
  };
}

/**
 * A workspace is a prebuild in the build that makes it and, as long as it is nobody's, in every later one, so that its delete or restart
 * sees the same resources. The claim flag is set in the claim build alone (Coder 4.1).
 */
function prebuildFlags(who: OperationIdentity): Record<string, string> {
  if (who.stage === 'claim') return { CODER_WORKSPACE_IS_PREBUILD_CLAIM: 'true' };
  return who.stage === 'create' || who.owner.isSystem ? { CODER_WORKSPACE_IS_PREBUILD: 'true' } : {};
}

function parameterVariables(prefix: string, values: ParameterValues): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + sha256(name), value]));
}

function agentScripts(loader: number): Record<string, string> {
  const text = loaderText(loader);
  return Object.fromEntries(AGENT_PLATFORMS.map((platform) => [`CODER_AGENT_SCRIPT_${platform}`, text]));
}

/** Name of the variable that carries a parameter's value. */
export const parameterVariable = (name: string): string => `CODER_PARAMETER_${sha256(name)}`;
