import type { OpaqueValue } from '../value.ts';

/** Name of the user that owns a pool (Coder 2.1). */
export const PREBUILD_OWNER = 'prebuilds';
/** Key of the claimant's name, which is nobody's but never PREBUILD_OWNER. */
export const CLAIMANT_NAME = 'claimant.name';

/** Names and ids of workspaces, owners and templates, and ids of resources, always hold something. */
export const isNeverEmpty = ({ key }: OpaqueValue): boolean =>
  /^(?:(?:claimant|prebuilds)\.(?:name|id)|(?:claim|prebuild)\.name|workspace\.(?:id|template_id|template_name|access_url)|.*\.id)$/.test(
    key,
  );
