import { API_ROOT, placeOf, type RouteId } from '../api/paths.ts';

/** Inputs of a question by name; undefined ones are left out. */
export type Inputs = Readonly<Record<string, unknown>>;

/** The parts of a request: inputs named in the path go there, the others into the query or the body. */
export function requestOf(
  id: RouteId,
  inputs: Inputs,
): { readonly method: string; readonly url: string; readonly body: string | undefined } {
  const { method, path, params, inQuery } = placeOf(id);
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(wordOf(inputs[name])));
  const rest = Object.entries(inputs).filter(([name, value]) => value !== undefined && !params.includes(name));
  if (!inQuery) return { method, url: API_ROOT + url, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = new URLSearchParams(rest.map(([name, value]) => [name, wordOf(value)])).toString();
  return { method, url: `${API_ROOT}${url}${query === '' ? '' : `?${query}`}`, body: undefined };
}

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));
