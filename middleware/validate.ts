import type { RequestHandler } from 'express';
import type { z } from 'zod';
import type { Route } from '../src/api/route.ts';
import { withoutNulls } from '../src/api/without-nulls.ts';
import { isStorable } from '../src/db/storable-text.ts';
import { AppError } from '../src/errors/app-error.ts';

export type ValidatedInput = { body: unknown; query: unknown; params: unknown };

/** Checks body, query and path parameters against the route's schemas; what passes is in `res.locals.input`. */
export function validate(route: Route): RequestHandler {
  return (req, res, next) => {
    const multipart = route.multipart && req.is('multipart/form-data');
    // No body is an empty one; one that says `null` is not.
    const sent: unknown = req.body === undefined ? {} : req.body;
    const body = multipart ? route.multipart : route.body;
    assertStorable(req.query);
    assertStorable(req.params);
    const input: ValidatedInput = {
      body: check(body, body && withoutNulls(body, sent)),
      query: check(route.query, req.query),
      params: check(route.params, req.params),
    };
    res.locals.input = input;
    next();
  };
}

/** What stands in a URL is looked up in the database, whatever route it is for. */
function assertStorable(parameters: Record<string, unknown>): void {
  for (const [path, value] of Object.entries(parameters)) {
    const texts = [path, value].flat().filter((text) => typeof text === 'string');
    if (texts.every(isStorable)) continue;
    const message = 'may hold no NUL and no half of a surrogate pair';
    throw new AppError('invalid_request', `A parameter ${message}.`, { issues: [{ path, message }] });
  }
}

function check(schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues
    .flatMap(fieldIssues)
    .map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const first = issues[0]!;
  const detail = first.path === '' ? first.message : `${first.path}: ${first.message}`;
  throw new AppError('invalid_request', detail.slice(0, 300), {
    error: first.message.slice(0, 300),
    issues: issues.slice(0, 20),
  });
}

/** Of a union that nothing fits, what is wrong with the form that comes nearest: "Invalid input" names no field. */
function fieldIssues(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const [nearest = []] = [...issue.errors].sort((a, b) => a.length - b.length);
  if (nearest.every(({ path }) => path.length === 0)) return [issue];
  return nearest.flatMap((inner) => fieldIssues({ ...inner, path: [...issue.path, ...inner.path] }));
}
