/** Name of the user that owns a pool (Coder 2.1). */
export const PREBUILD_OWNER = 'prebuilds';
/** Key of the claimant's name, which is nobody's but never PREBUILD_OWNER. */
export const CLAIMANT_NAME = 'claimant.name';
