/** Anything shorter would blot out ordinary text. */
export const SHORTEST_SECRET = 4;

/** The text without any of the secrets; `blot` says what stands in the place of one. Longer ones should come first. */
export const blotOut = (text: string, secrets: readonly string[], blot: (secret: string) => string = () => '***'): string =>
  secrets.reduce((clean, secret) => clean.replaceAll(secret, blot(secret)), text);
