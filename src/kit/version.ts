/** `1.11` of `1.11.4`: an engine of another one may plan something else (spec 4.3). */
export const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');
