import { z } from 'zod';
import { openApiDocument } from '../src/api/openapi.ts';
import { defineRoute, type Route } from '../src/api/route.ts';

/** `/openapi.json`, made of the other routes and itself, and `/docs` to read it. */
export function docsRoutes(others: readonly Route[], version: string): Route[] {
  const own: Route[] = [
    defineRoute({
      method: 'get',
      path: '/openapi.json',
      scope: null,
      action: 'docs.openapi',
      summary: 'This document',
      replies: { 200: { description: 'OpenAPI 3.1', schema: z.record(z.string(), z.unknown()) } },
      handle: async ({ mountPath }) => ({
        status: 200,
        body: { ...document(), servers: [{ url: mountPath || '/' }] },
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/docs',
      scope: null,
      action: 'docs.page',
      summary: 'A page to read it',
      replies: { 200: { description: 'HTML' } },
      handle: async () => ({ page: 'docs.html' }),
    }),
  ];
  let made: Record<string, unknown> | undefined;
  const document = () => (made ??= openApiDocument([...others, ...own], version));
  return own;
}
