import { bool, number, opaque, same, string, type Value } from '../value.ts';
import { CLAIMANT_NAME, PREBUILD_OWNER } from './identity.ts';
import type { World } from './world.ts';

/** What the claim changes of a workspace (L 2.1): exact where the values are known. */
const WORKSPACE: Readonly<Record<string, readonly [Value, Value]>> = {
  name: [opaque('prebuild.name', 0, true), opaque('claim.name', 0, true)],
  prebuild_count: [number(1), number(0)],
  is_prebuild: [bool(true), bool(false)],
  is_prebuild_claim: [bool(false), bool(true)],
};
const LEGACY_OWNER = /^owner(_(id|name|email|groups|oidc_access_token|session_token))?$/;
const LISTS = new Set(['groups', 'owner_groups', 'rbac_roles', '*']);
const OWNER_SAME = new Set(['ssh_public_key_algorithm']);

/** Attributes whose values the provider makes anew at each read. */
const NEW_EACH_READ = new Set(['coder_parameter', 'coder_provisioner', 'coder_workspace_tags', 'coder_task']);
/** Whether what a data source answers changes with time alone. */
export const isDrifting = (type: string): boolean => DRIFTING.has(type);

/** Whether each read of the data source gives it another id. */
export const isNewEachRead = (type: string): boolean => NEW_EACH_READ.has(type);

const PER_USER: Readonly<Record<string, readonly string[]>> = {
  coder_external_auth: ['access_token'],
  coder_secret: ['value'],
  coder_task: ['prompt', 'enabled'],
};
/** Data sources whose answer changes with time (L 2.11). */
const DRIFTING = new Set([
  'http',
  'aws_ami',
  'docker_registry_image',
  'external',
  'azurerm_platform_image',
  'google_compute_image',
]);

/** How an attribute of a data source differs between the two builds; undefined for what follows from its arguments. */
export function sourceValue(world: World, type: string, attribute: string, address: string): Value | undefined {
  if (type === 'coder_workspace') return workspace(world, attribute);
  if (type === 'coder_workspace_owner') return owner(world, attribute);
  if (NEW_EACH_READ.has(type) && attribute === 'id') return perBuild(world, `${address}.id`);
  if (world.mode === 'drift' && isDrifting(type)) return perBuild(world, `${address}.${attribute}`, 1);
  return PER_USER[type]?.includes(attribute) === true ? perClaim(world, `${address}.${attribute}`) : undefined;
}

const perBuild = (world: World, what: string, doubt: 0 | 1 = 0): Value => opaque(`${what}@${world.second ? '2' : '1'}`, doubt);
const perClaim = (world: World, what: string): Value => (world.mode === 'claim' ? perBuild(world, what) : opaque(what));

function workspace(world: World, attribute: string): Value {
  if (attribute === 'start_count') return number(1);
  if (attribute === 'transition') return string('start');
  const pair = WORKSPACE[attribute];
  if (pair !== undefined) return world.mode === 'claim' && world.second ? pair[1] : pair[0];
  if (LEGACY_OWNER.test(attribute)) return owner(world, attribute === 'owner' ? 'name' : attribute.slice('owner_'.length));
  return attribute === '*' ? perClaim(world, 'workspace.*') : opaque(`workspace.${attribute}`, 0, true);
}

function owner(world: World, attribute: string): Value {
  if (OWNER_SAME.has(attribute)) return opaque(`owner.${attribute}`);
  const claimed = world.second && world.mode === 'claim';
  if (attribute === 'name') return claimed ? opaque(CLAIMANT_NAME, 0, true) : string(PREBUILD_OWNER);
  return opaque(`${claimed ? 'claimant' : PREBUILD_OWNER}.${attribute}`, 0, !LISTS.has(attribute));
}

/** Whether an attribute of a data source is what the linter looks for: a source of difference in this mode. */
export function isSource(world: World, type: string, attribute: string): boolean {
  const first = sourceValue({ ...world, second: false }, type, attribute, 'x');
  const second = sourceValue({ ...world, second: true }, type, attribute, 'x');
  return first !== undefined && second !== undefined && !same(first, second);
}
