import type { z } from 'zod';
import type { Principal, Scope } from '../auth/principal.ts';
import type { UploadedFile } from '../documents/document.ts';
import type { RequestFacts } from '../observability/request-context.ts';
import type { AdmittedQuestion } from '../guardrails/admit-question.ts';

/** A request as a route sees it: authenticated, authorised, parsed and validated. */
export type RouteRequest<Body = unknown, Query = unknown, Params = unknown> = {
  /** Absent on open routes. */
  principal: Principal | undefined;
  requestId: string;
  /** Where the application is mounted in another: empty at the root. */
  mountPath: string;
  body: Body;
  query: Query;
  params: Params;
  /** The question of a route that takes one, as the guardrails let it in. */
  question: AdmittedQuestion | undefined;
  /** The files of a multipart body. */
  files: UploadedFile[];
  /** Whether the client asked for `text/event-stream`. */
  wantsEvents: boolean;
  /** Adds what only the route knows to the record of the request; what is known is never a text. */
  note: (facts: RequestFacts) => void;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
};

/** The `last` one is sent when the request is on record. */
export type RouteEvent = { event: string; data: unknown; last?: true };

/** JSON or a text with a status, lines of text as they come, a stream of server-sent events, or a file of `public/`. */
export type RouteReply =
  | { status: number; body?: unknown }
  | { status: number; text: string; mediaType: string }
  | { lines: AsyncIterable<string>; mediaType: string }
  | { events: AsyncIterable<RouteEvent> }
  | { page: string };

type Schema = z.ZodType;
type Parsed<S> = S extends Schema ? z.output<S> : undefined;

/** What one method on one path takes, gives and does. The same schemas validate and document it. */
export type Route<
  B extends Schema | undefined = Schema | undefined,
  Q extends Schema | undefined = Schema | undefined,
  P extends Schema | undefined = Schema | undefined,
> = {
  method: 'get' | 'post' | 'put' | 'delete';
  /** As Express writes it: `/admin/documents/:id`. */
  path: string;
  /** What the principal needs; null: open to anyone. */
  scope: Scope | null;
  /** It concerns the server, and no tenant: only for principals that manage every tenant. */
  forGlobalKeys?: true;
  /** What calling it is called in the audit log: `query`, `keys.revoke`. */
  action: string;
  summary: string;
  body?: B;
  /** A body that can be sent as it stands. */
  example?: unknown;
  query?: Q;
  params?: P;
  /** The question in a body: it passes the input guardrails before the route sees it. */
  question?(body: Parsed<B>): string;
  /** Also takes `multipart/form-data`: fields by the schema, files beside it, up to the larger limit. */
  multipart?: Schema;
  /** Also takes the body as `application/x-www-form-urlencoded`, by the same schema. */
  form?: true;
  /** `mediaType`: of a reply that is text, not JSON. */
  replies: Record<number, { description: string; schema?: Schema; events?: true; mediaType?: string }>;
  handle(request: RouteRequest<Parsed<B>, Parsed<Q>, Parsed<P>>): Promise<RouteReply>;
};

/** Keeps a route's schemas and its handler's types together. */
export function defineRoute<
  B extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
  P extends Schema | undefined = undefined,
>(route: Route<B, Q, P>): Route {
  return route;
}
