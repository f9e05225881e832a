import type { z } from 'zod';
import type { App, BuildProgress } from '../../api/app.ts';
import type { RouteId } from '../../api/paths.ts';
import type { Bearer } from '../../domain/token.ts';

/** What a question that takes long may tell on the way, and what ends it early. */
export interface Live {
  readonly caller: Bearer;
  /** Of the server. */
  readonly version: string;
  readonly news: () => Written;
  /** The application without the limits of a role: what of it is told is for the route to choose. */
  readonly whole: App;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BuildProgress) => void;
  readonly onStep: (step: string) => void;
  readonly onLine: (line: string) => void;
  /** Any other document of an event stream, by its event name; `id` is its place in what may be asked for again. */
  readonly emit: (event: string, data: unknown, id?: number) => void;
  /** Resolves when the reader of a stream has taken what was sent. */
  readonly taken: () => Promise<void>;
}

/** What happened in the store, for one listener. */
export interface Written {
  /** What was written up to now is no news any more. */
  readonly take: () => Promise<void>;
  /** Resolves at the next news, not before `afterMs`, or when `signal` aborts. */
  readonly next: (afterMs: number, signal: AbortSignal) => Promise<void>;
}

/** One question of the API: what goes in, what comes out, and which call of the application answers it. */
export interface Route {
  readonly summary: string;
  /** An object; which part is in the path, the query or the body follows from the path (api/paths.ts). */
  readonly input: z.ZodObject;
  readonly answer: z.ZodType;
  /** Offers an event stream to those that accept one; `only` = there is no other form. */
  readonly live?: 'may' | 'only' | undefined;
  readonly ask: (app: App, input: never, live: Live) => Promise<unknown>;
}

export type Routes = Readonly<Partial<Record<RouteId, Route>>>;

interface Definition<In extends z.ZodObject, Out extends z.ZodType> extends Omit<Route, 'input' | 'answer' | 'ask'> {
  readonly input: In;
  readonly answer: Out;
  readonly ask: (app: App, input: z.output<In>, live: Live) => Promise<z.output<Out>>;
}

/** Checks that the call fits what goes in and what comes out. */
export const route = <In extends z.ZodObject, Out extends z.ZodType>(definition: Definition<In, Out>): Route => definition;
