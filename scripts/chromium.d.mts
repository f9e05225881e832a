/** Path of a Chromium; installs Debian's when there is none and this is root, and throws when it cannot. */
export function ensureChromium(): string;
