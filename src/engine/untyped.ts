/** Reading JSON that others wrote: what is not of the expected kind is as good as absent. */
export type Json = Readonly<Record<string, unknown>>;

export const object = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

/** The objects of a list. */
export const list = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? (value as readonly unknown[]).map(object).filter((one) => one !== undefined) : [];

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
