/** Written in by scripts/build.mjs from package.json; not defined when the sources run directly (tests). */
declare const PREBUILDS_VERSION: string | undefined;

export const version: string = typeof PREBUILDS_VERSION === 'string' ? PREBUILDS_VERSION : '0.0.0-dev';
