import { API_ROOT, placeOf, type RouteId } from '../../src/api/paths.ts';

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
}

export type Ask = (id: RouteId, inputs?: Readonly<Record<string, unknown>>) => Promise<Reply>;

/** Questions to a server as any program asks them. */
export function asking(url: string, token: string): Ask {
  return async (id, inputs = {}) => {
    const { method, path, params, inQuery } = placeOf(id);
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(inputs[name])));
    const rest = Object.entries(inputs).filter(([name]) => !params.includes(name));
    const query = inQuery ? new URLSearchParams(rest.map(([name, value]) => [name, String(value)])).toString() : '';
    const response = await fetch(`${url}${API_ROOT}${filled}${query === '' ? '' : `?${query}`}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(inQuery ? {} : { 'content-type': 'application/json' }) },
      ...(inQuery ? {} : { body: JSON.stringify(Object.fromEntries(rest)) }),
    });
    const text = await response.text();
    return { status: response.status, text, body: jsonOf(text) };
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
