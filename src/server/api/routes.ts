import type { RouteId } from '../../api/paths.ts';
import type { Route } from './route.ts';
import { peopleRoutes } from './routes/people.ts';
import { poolRoutes } from './routes/pools.ts';
import { systemRoutes } from './routes/system.ts';
import { templateRoutes } from './routes/templates.ts';
import { workspaceRoutes } from './routes/workspaces.ts';

/** The whole API; the type says that no path is without its question. */
export const ROUTES: Readonly<Record<RouteId, Route>> = {
  ...templateRoutes,
  ...poolRoutes,
  ...workspaceRoutes,
  ...peopleRoutes,
  ...systemRoutes,
};
