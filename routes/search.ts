import { z } from 'zod';
import { defineRoute, type Route } from '../src/api/route.ts';
import type { Retrieve } from '../src/rag/retrieve.ts';
import { filterSchema, questionText, topK } from './question-fields.ts';
import { rowScope } from './row-scope.ts';

const chunkSchema = z.object({
  chunk_id: z.string(),
  document_id: z.string(),
  title: z.string(),
  source: z.string().nullable(),
  heading_path: z.array(z.string()),
  text: z.string(),
  start: z.number().int(),
  end: z.number().int(),
  score: z.number(),
});

/** `POST /search`: retrieval alone, best first. */
export function searchRoute(retrieve: Retrieve): Route {
  return defineRoute({
    method: 'post',
    path: '/search',
    scope: 'query',
    summary: 'Find the chunks that match a question best',
    body: z.strictObject({ query: questionText, top_k: topK, filter: filterSchema.optional() }),
    replies: {
      200: {
        description: 'Chunks, best first',
        schema: z.object({ chunks: z.array(chunkSchema), request_id: z.string() }),
      },
    },
    handle: async ({ principal, body, requestId, signal }) => {
      const { chunks } = await retrieve(
        rowScope(principal),
        { text: body.query, topK: body.top_k, filter: body.filter },
        signal,
      );
      const found = chunks.map(({ id, documentId, headingPath, lexical: _, dense: __, ...rest }) => ({
        chunk_id: id,
        document_id: documentId,
        heading_path: headingPath,
        ...rest,
      }));
      return { status: 200, body: { chunks: found, request_id: requestId } };
    },
  });
}
