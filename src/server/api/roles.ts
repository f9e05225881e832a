import type { App } from '../../api/app.ts';
import type { Bearer } from '../../domain/token.ts';
import type { EventRow } from '../../domain/types.ts';
import { asMember, isOwnEvent } from './member.ts';
import { asReader } from './reader.ts';

/** What the caller may ask of the application (spec 8.3). `app` already answers as the caller. */
export function viewOf(app: App, caller: Bearer): App {
  switch (caller.role) {
    case 'admin':
      return app;
    case 'member':
      return asMember(app, caller.person);
    case 'agent-read':
      return asReader(app);
  }
}

/** Which events the view of the caller shows; for streams, which must know how far they have read. */
export const showsEvent = (caller: Bearer, row: EventRow): boolean => caller.role === 'admin' || isOwnEvent(row, caller.person);
