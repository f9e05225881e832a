/** Owner of all prebuilds (spec 2); the page shows the domain's words and loads none of its code. */
export const SYSTEM_NAME = 'prebuilds';
