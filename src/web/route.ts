/** Where the page is: everything is in the fragment, so that a link can be sent and the server has one file to give. */
export type Place =
  | { readonly view: 'pools'; readonly filter: string }
  | { readonly view: 'workspaces'; readonly search: string }
  | { readonly view: 'workspace'; readonly owner: string; readonly name: string; readonly build: number | undefined }
  | { readonly view: 'events' }
  | { readonly view: 'claim'; readonly template: string; readonly preset: string };

/** `#/workspaces?search=owner:ann`; anything unknown is the first view. */
export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const inputs = new URLSearchParams(query);
  const input = (name: string): string => inputs.get(name) ?? '';
  const [view = '', owner = '', name = ''] = path.split('/').map(decoded);
  switch (view) {
    case 'workspaces':
      if (name === '') return { view: 'workspaces', search: input('search') };
      return { view: 'workspace', owner, name, build: buildIn(input('build')) };
    case 'events':
      return { view: 'events' };
    case 'claim':
      return { view: 'claim', template: input('template'), preset: input('preset') };
    default:
      return { view: 'pools', filter: input('filter') };
  }
}

const buildIn = (text: string): number | undefined => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined);

/** The fragment of a place; reading it gives the place again. */
export function hashOf(place: Place): string {
  switch (place.view) {
    case 'pools':
      return `#/pools${queryOf({ filter: place.filter })}`;
    case 'workspaces':
      return `#/workspaces${queryOf({ search: place.search })}`;
    case 'workspace': {
      const build = place.build === undefined ? '' : String(place.build);
      return `#/workspaces/${encodeURIComponent(place.owner)}/${encodeURIComponent(place.name)}${queryOf({ build })}`;
    }
    case 'events':
      return '#/events';
    case 'claim':
      return `#/claim${queryOf({ template: place.template, preset: place.preset })}`;
  }
}

function queryOf(inputs: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(Object.entries(inputs).filter(([, value]) => value !== '')).toString();
  return query === '' ? '' : `?${query}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const workspacePlace = (owner: string, name: string): Place => ({ view: 'workspace', owner, name, build: undefined });

/** The token of a login address (`#token=…`), which is taken out of the address at once. */
export const tokenIn = (hash: string): string | undefined => /^#token=([A-Za-z0-9_-]{1,200})$/.exec(hash)?.[1];
