/**
 * Every question of the REST API by name: method and path under `/api/v1`. Parts in braces are inputs; the other inputs are in the query of GET and
 * DELETE, and in the JSON body of the rest. Shared by the server and the remote client, so it is data alone.
 */
export const PATHS = {
  me: 'GET /me',
  'templates.list': 'GET /templates',
  'templates.push': 'POST /templates',
  'templates.show': 'GET /templates/{name}',
  'templates.versions': 'GET /templates/{name}/versions',
  'templates.promote': 'POST /templates/{name}/promote',
  'templates.deprecate': 'POST /templates/{name}/deprecate',
  'templates.delete': 'DELETE /templates/{name}',
  'templates.presets': 'GET /presets',
  'pools.status': 'GET /pools',
  'pools.plan': 'GET /pools/plan',
  'pools.history': 'GET /pools/history',
  'pools.reconcile': 'POST /pools/reconcile',
  'pools.paused': 'GET /pools/paused',
  'pools.pause': 'POST /pools/pause',
  'pools.retry': 'POST /pools/retry',
  'pools.drain': 'POST /pools/drain',
  'pools.invalidate': 'POST /pools/invalidate',
  'pools.prune': 'POST /pools/prune',
  'claims.create': 'POST /claims',
  'claims.waiting': 'GET /claims/waiting',
  'claims.cancel': 'DELETE /claims/waiting/{owner}/{name}',
  'workspaces.list': 'GET /workspaces',
  'workspaces.rows': 'GET /workspaces/rows',
  'workspaces.show': 'GET /workspaces/{owner}/{name}',
  'workspaces.history': 'GET /workspaces/{owner}/{name}/history',
  'workspaces.logs': 'GET /workspaces/{owner}/{name}/logs',
  'workspaces.agentLogs': 'GET /workspaces/{owner}/{name}/agent-logs',
  'workspaces.start': 'POST /workspaces/{owner}/{name}/start',
  'workspaces.stop': 'POST /workspaces/{owner}/{name}/stop',
  'workspaces.restart': 'POST /workspaces/{owner}/{name}/restart',
  'workspaces.update': 'POST /workspaces/{owner}/{name}/update',
  'workspaces.orphan': 'POST /workspaces/{owner}/{name}/orphan',
  'workspaces.rename': 'POST /workspaces/{owner}/{name}/rename',
  'workspaces.extend': 'POST /workspaces/{owner}/{name}/extend',
  'workspaces.hold': 'POST /workspaces/{owner}/{name}/hold',
  'workspaces.connect': 'GET /workspaces/{owner}/{name}/connect',
  'workspaces.delete': 'DELETE /workspaces/{owner}/{name}',
  why: 'GET /why',
  'events.list': 'GET /events',
  'events.stream': 'GET /events/stream',
  'groups.list': 'GET /groups',
  'groups.create': 'POST /groups',
  'groups.show': 'GET /groups/{name}',
  'groups.edit': 'POST /groups/{name}/quota',
  'groups.members': 'POST /groups/{name}/members',
  'groups.delete': 'DELETE /groups/{name}',
  'users.list': 'GET /users',
  'users.create': 'POST /users',
  'users.show': 'GET /users/{name}',
  quota: 'GET /quota',
  'organizations.list': 'GET /organizations',
  'organizations.create': 'POST /organizations',
  'tokens.list': 'GET /tokens',
  'tokens.create': 'POST /tokens',
  'tokens.revoke': 'DELETE /tokens/{name}',
  'hooks.list': 'GET /hooks',
  'hooks.deliver': 'POST /hooks/deliver',
  'hooks.test': 'POST /hooks/test',
  'sweeps.last': 'GET /sweeps',
  'sweeps.run': 'POST /sweeps',
  'sweeps.suspects': 'GET /suspects',
  'sweeps.declareAbsent': 'POST /suspects/absent',
  gc: 'POST /gc',
  doctor: 'GET /doctor',
  'doctor.repair': 'POST /doctor/repair',
  metrics: 'GET /metrics',
} as const;

export type RouteId = keyof typeof PATHS;

/** Where the API lives on its server. */
export const API_ROOT = '/api/v1';

/** Where template names are looked for, as with `--org`. */
export const ORGANIZATION_HEADER = 'x-prebuilds-organization';
/** A name for a question in work, by which its asker can end it: `DELETE /requests/{id}`. */
export const REQUEST_HEADER = 'x-request-id';

/** Stands for an unspoken owner: the workspace of this name that is yours, or the only one of it. */
export const ANY_OWNER = '-';

export interface Place {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With braces. */
  readonly path: string;
  /** Names in braces. */
  readonly params: readonly string[];
  /** The other inputs are in the query, not in a body. */
  readonly inQuery: boolean;
}

/** A route's entry, taken apart. */
export function placeOf(id: RouteId): Place {
  const [method = '', path = ''] = PATHS[id].split(' ');
  const params = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return { method: method as Place['method'], path, params, inQuery: method !== 'POST' };
}
