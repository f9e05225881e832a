import { z } from 'zod';
import { UserError } from '../../kit/errors.ts';
import { issueWords } from '../../kit/issue-words.ts';
import type { Place } from '../../api/paths.ts';
import type { Route } from './route.ts';

/** Where the inputs of a request are. */
interface Asked {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** The inputs of a request in one object, as its route wants them; UserError with the first thing that is wrong. */
export function readInput(schema: z.ZodObject, place: Place, request: Asked): unknown {
  const rest = place.inQuery
    ? typed(schema, objectOf(request.query, 'query'))
    : objectOf(request.body === undefined ? {} : request.body, 'body');
  const input = { ...rest, ...objectOf(request.params ?? {}, 'path') };
  const unknown = Object.keys(input).find((key) => !(key in schema.shape));
  if (unknown !== undefined) {
    const known = Object.keys(schema.shape).filter((key) => !place.params.includes(key));
    throw new UserError('bad_request', `"${unknown.slice(0, 100)}" is not an input of ${place.method} ${place.path}`, {
      hint: known.length === 0 ? 'it has no inputs' : `known: ${known.join(', ')}`,
    });
  }
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the request' : issue.path.map(String).join('.');
  throw new UserError('bad_request', `${where}: ${issue === undefined ? 'is not as it should be' : issueWords(issue)}`, {
    hint: 'see /api/v1/openapi.json',
  });
}

/** What was followed up to a place can be asked for from there on. */
export const isResumable = ({ live, input }: Pick<Route, 'live' | 'input'>): boolean => live === 'only' && 'after' in input.shape;

/** Whoever followed a stream and comes back says in a header what came last, as browsers do by themselves: it is newer than the address. */
export function resumed(route: Route, request: Asked & { readonly headers: Readonly<Record<string, unknown>> }): Asked {
  const { params, query, body, headers } = request;
  const last = headers['last-event-id'];
  const known = isResumable(route) && typeof last === 'string' && /^\d{1,15}$/.test(last);
  return { params, body, query: known ? { ...objectOf(query, 'query'), after: last } : query };
}

/** A query has texts alone: numbers, `true` and `false` are read where they are asked for. In a body they are what they are. */
function typed(schema: z.ZodObject, query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shape = schema.shape as Readonly<Record<string, z.ZodType | undefined>>;
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, read(bare(shape[name]), value)]));
}

function read(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema instanceof z.ZodNumber && typeof value === 'string' && /^-?\d{1,16}$/.test(value)) return Number(value);
  if (schema instanceof z.ZodBoolean && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

const bare = (schema: z.ZodType | undefined): z.ZodType | undefined =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? bare(schema.unwrap() as z.ZodType) : schema;

function objectOf(value: unknown, part: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UserError('bad_request', `the ${part} of the request is not an object`, { hint: 'send a JSON object' });
}
