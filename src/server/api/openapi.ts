import { z } from 'zod';
import { API_ROOT, placeOf, type Place, type RouteId } from '../../api/paths.ts';
import { isResumable } from './ask.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';

type Json = Readonly<Record<string, unknown>>;

const PROBLEM = {
  type: 'object',
  required: ['error', 'exitCode'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'details'],
      properties: {
        code: { type: 'string', description: 'stable' },
        message: { type: 'string' },
        hint: { type: 'string', description: 'what to do next' },
        details: { type: 'object' },
      },
    },
    exitCode: { type: 'integer', description: 'what a command line ends with' },
  },
} as const;

const REFUSALS: Readonly<Record<string, string>> = {
  400: 'an input is wrong, or the thing is not in the state for it',
  401: 'no token, or one that is not known',
  403: 'the role does not allow it',
  404: 'there is no such thing, or it is not yours',
  405: 'the path has no such method',
  409: 'somebody else has it, or there is nothing to give',
  413: 'the body is too large',
  415: 'the body is no JSON',
  421: 'the server is not known under this name',
  429: 'too many wrong tokens, or streams of one token',
  431: 'the address and the headers are too large',
  502: 'the engine failed',
  503: 'the store cannot be used now, or the server is going down',
};

const refusals = (): Json =>
  Object.fromEntries(
    Object.entries(REFUSALS).map(([status, description]) => [
      status,
      { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } } },
    ]),
  );

const LAST_EVENT = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'number of the last event that was read; wins over `after`',
  schema: { type: 'string' },
} as const;

const REQUEST_ID = {
  name: 'X-Request-Id',
  in: 'header',
  required: false,
  description: 'names the question, so that it can be ended: up to 128 letters, digits, and _ . -',
  schema: { type: 'string' },
} as const;

/** Not a question to the application, so it is in no table of them. */
const END_REQUEST = {
  operationId: 'requests.end',
  summary: 'End a question in work, by the X-Request-Id that the same token gave it',
  parameters: [{ name: 'id', in: 'path', required: true, schema: REQUEST_ID.schema }],
  responses: {
    200: {
      description: 'whether there was one',
      content: {
        'application/json': { schema: { type: 'object', required: ['ended'], properties: { ended: { type: 'boolean' } } } },
      },
    },
    ...refusals(),
  },
};

/** The OpenAPI 3.1 document of the whole API, made from the routes themselves. */
export function openApi(version: string): Json {
  const schemas: Record<string, unknown> = { Problem: PROBLEM };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const id of Object.keys(ROUTES) as RouteId[]) {
    const place = placeOf(id);
    paths[place.path] = { ...paths[place.path], [place.method.toLowerCase()]: operation(id, place, ROUTES[id], schemas) };
  }
  paths['/requests/{id}'] = { delete: END_REQUEST };
  return {
    openapi: '3.1.0',
    info: {
      title: 'prebuilds',
      version,
      description:
        'Warm pool of Terraform and OpenTofu workspaces. Times are milliseconds since 1970 UTC. What is absent is unknown or does not apply. Fields may be added.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: API_ROOT }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'made with `prebuilds token create`' } },
    },
  };
}

function operation(id: RouteId, place: Place, route: Route, schemas: Record<string, unknown>): Json {
  const input = schemaOf(route.input, schemas) as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  const properties = Object.entries(input.properties ?? {});
  const required = new Set(input.required ?? []);
  const inside = properties.filter(([name]) => !place.params.includes(name));
  const parameters = properties
    .filter(([name]) => place.params.includes(name) || place.inQuery)
    .map(([name, schema]) => {
      const inPath = place.params.includes(name);
      return { name, in: inPath ? 'path' : 'query', required: inPath || required.has(name), schema };
    });
  const body = {
    type: 'object',
    properties: Object.fromEntries(inside),
    required: inside.map(([name]) => name).filter((name) => required.has(name)),
    additionalProperties: false,
  };
  return {
    operationId: id,
    summary: route.summary,
    parameters: [...parameters, ...(route.live === undefined ? [] : [REQUEST_ID]), ...(isResumable(route) ? [LAST_EVENT] : [])],
    ...(place.inQuery
      ? {}
      : { requestBody: { required: body.required.length > 0, content: { 'application/json': { schema: body } } } }),
    responses: { 200: answerOf(route, schemas), ...refusals() },
  };
}

function answerOf(route: Route, schemas: Record<string, unknown>): Json {
  const json = { 'application/json': { schema: schemaOf(route.answer, schemas) } };
  const events = {
    'text/event-stream': {
      schema: {
        type: 'object',
        required: ['event', 'data'],
        properties: {
          event: { enum: ['progress', 'step', 'line', 'agent-line', 'event', 'result', 'error'] },
          id: { type: 'string', description: 'of an `event`: its number, for Last-Event-ID' },
          data: { type: 'string', contentMediaType: 'application/json', description: 'a JSON document' },
        },
        description: 'one event; `result` or `error` is the last',
      },
    },
  };
  if (route.live === 'only') return { description: 'as events', content: events };
  return { description: 'the answer', content: route.live === 'may' ? { ...json, ...events } : json };
}

/** The JSON Schema of a shape; shapes with a name of their own go into `schemas`. */
function schemaOf(schema: z.ZodType, schemas: Record<string, unknown>): Json {
  const { $defs = {}, ...whole } = z.toJSONSchema(schema, {
    // Answers may get more fields, so nothing is said about others.
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
    },
    unrepresentable: 'any',
    cycles: 'ref',
    reused: 'inline',
  }) as Record<string, unknown> & { $defs?: Record<string, unknown> };
  for (const [name, definition] of Object.entries($defs)) schemas[name] = moved(definition);
  return moved(whole) as Json;
}

/** References point into the document's own list of schemas. */
function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'id' && key !== '$schema')
      .map(([key, inner]) => [
        key,
        key === '$ref' && typeof inner === 'string' ? inner.replace('#/$defs/', '#/components/schemas/') : moved(inner),
      ]),
  );
}
