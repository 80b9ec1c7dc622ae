import { z } from 'zod';
import { problemSchema } from './problem.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

const FORM = 'application/x-www-form-urlencoded';
const DESCRIPTION = 'A guarded gate between people and a language model that reads a private knowledge base.';

/** The OpenAPI 3.1 document of these routes, made from the schemas that validate them; where they are served, only a request tells. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = operation(route);
  }
  return withComponents({
    openapi: '3.1.0',
    info: {
      title: 'Sallyport',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: jsonSchema(problemSchema, 'output'),
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        bearer: { type: 'http', scheme: 'bearer', description: 'a key, or a token (JWT)' },
      },
    },
  });
}

/** The document with every named schema under `components`, once, in place of the `$defs` of each schema that refers to it. */
function withComponents(document: Json): Json {
  const schemas: Json = {};
  const text = JSON.stringify(document, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('$defs' in value)) return value;
    const { $defs, ...rest } = value;
    Object.assign(schemas, $defs);
    return rest;
  });
  const lifted = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as { components: Json };
  lifted.components.schemas = JSON.parse(
    JSON.stringify(schemas).replaceAll('"#/$defs/', '"#/components/schemas/'),
  );
  return lifted;
}

function operation(route: Route): Json {
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')];
  const content: Json = {};
  if (route.body) {
    const example = route.example === undefined ? {} : { example: route.example };
    content['application/json'] = { schema: bodySchema(route.body), ...example };
    // A form knows no null.
    if (route.form) content[FORM] = { schema: jsonSchema(route.body, 'input'), ...example };
  }
  if (route.multipart)
    content['multipart/form-data'] = { schema: withFiles(jsonSchema(route.multipart, 'input')) };
  const responses: Json = {};
  for (const [status, { description, schema, events, mediaType }] of Object.entries(route.replies)) {
    responses[status] = {
      description,
      ...(schema || events || mediaType
        ? {
            content: {
              ...(schema ? { 'application/json': { schema: jsonSchema(schema, 'output') } } : {}),
              // Events have no schema in OpenAPI 3.1.
              ...(events ? { 'text/event-stream': {} } : {}),
              ...(mediaType ? { [mediaType]: { schema: { type: 'string' } } } : {}),
            },
          }
        : {}),
    };
  }
  responses.default = {
    description: 'A problem',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.scope ?? 'open to all'],
    ...(route.scope === null
      ? { security: [] }
      : { security: [{ apiKey: [] }, { bearer: [] }], 'x-scope': route.scope }),
    ...(route.forGlobalKeys ? { 'x-global-keys-only': true } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(Object.keys(content).length > 0
      ? { requestBody: { required: !isOptional(route.body), content } }
      : {}),
    responses,
  };
}

/** Whether the body may be left out: nothing is what an empty one is. */
function isOptional(body: z.ZodType | undefined): boolean {
  return body?.safeParse({}).success ?? false;
}

function operationId({ method, path }: Route): string {
  const parts = path
    .split('/')
    .filter(Boolean)
    .map((part) => (part.startsWith(':') ? `by-${part.slice(1)}` : part.replace('.', '-')));
  return [method, ...parts].join('-');
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ jsonSchema: made }) => {
      // Bounds of JavaScript's integers, not of what is meant.
      if (made.minimum === Number.MIN_SAFE_INTEGER) delete made.minimum;
      if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum;
    },
  });
  return rest;
}

/** What a body may be: `withoutNulls` takes an optional field that is null for one left out. */
function bodySchema(schema: z.ZodType): Json {
  return JSON.parse(JSON.stringify(jsonSchema(schema, 'input')), (_name, value: unknown) =>
    isStrictObject(value) ? { ...value, properties: nullable(value) } : value,
  ) as Json;
}

type StrictObject = { properties: Record<string, Json>; required?: string[] };

function isStrictObject(value: unknown): value is StrictObject {
  return (value as Partial<Json> | null)?.additionalProperties === false && 'properties' in (value as Json);
}

function nullable({ properties, required = [] }: StrictObject): Json {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      const { anyOf = [] } = property as { anyOf?: Json[] };
      if (required.includes(name) || anyOf.some(({ type }) => type === 'null')) return [name, property];
      const { description, default: standard, ...rest } = property;
      const kept = {
        ...(description ? { description } : {}),
        ...(standard === undefined ? {} : { default: standard }),
      };
      return [name, { ...kept, anyOf: [rest, { type: 'null' }] }];
    }),
  );
}

function withFiles(schema: Json): Json {
  const file = { type: 'array', minItems: 1, items: { type: 'string', format: 'binary' } };
  return { ...schema, properties: { ...(schema.properties as Json), file }, required: ['file'] };
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}
