import type { App } from '../api/app.ts';
import type { Bearer } from '../domain/token.ts';
import type { Clock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import { apiPlugins } from '../server/api/plugin.ts';
import type { HttpPlugin } from '../server/http/types.ts';
import { webPage } from '../server/web.ts';
import type { News } from './news.ts';
import { webFolder } from './web-folder.ts';

/** What the parts of the front are given. */
export interface FrontRoom {
  /** The application as this person asks it; cheap. It belongs to the server, so nobody closes it. */
  readonly appFor: (bearer: Bearer, organization: string | undefined) => App;
  /** For one listener that wants to know when something happened. */
  readonly news: () => News;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The one place where parts of the front join: the REST API under `/api/v1`, the web page at `/`. */
export const frontPlugins = (room: FrontRoom): readonly HttpPlugin[] => [...apiPlugins(room), webPage(webFolder())];
