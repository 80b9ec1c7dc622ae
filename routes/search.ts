import { z } from 'zod';
import { defineRoute, type Route } from '../src/api/route.ts';
import type { Guardrails } from '../src/guardrails/guardrails.ts';
import type { Retrieve } from '../src/rag/retrieve.ts';
import { filterSchema, questionText, topK } from './question-fields.ts';
import { rowScope } from './row-scope.ts';

const chunkSchema = z
  .object({
    chunk_id: z.string(),
    document_id: z.string(),
    title: z.string(),
    source: z.string().nullable(),
    heading_path: z.array(z.string()),
    text: z.string(),
    start: z.number().int(),
    end: z.number().int(),
    score: z.number(),
  })
  .meta({ id: 'Chunk' });

/** `POST /search`: retrieval alone, best first. */
export function searchRoute(retrieve: Retrieve, guardrails: Guardrails): Route {
  return defineRoute({
    method: 'post',
    path: '/search',
    scope: 'query',
    action: 'search',
    summary: 'Find the chunks that match a question best',
    body: z.strictObject({ query: questionText, top_k: topK, filter: filterSchema.optional() }),
    example: { query: 'file formats', top_k: 5 },
    replies: {
      200: {
        description: 'Chunks, best first',
        schema: z.object({ chunks: z.array(chunkSchema), request_id: z.string() }),
      },
    },
    question: ({ query }) => query,
    handle: async ({ principal, body, question, requestId, signal, note }) => {
      const { plain, text, vault, refusal } = question!;
      const asked = { text: plain, maskedText: text, topK: body.top_k, filter: body.filter };
      const { chunks } = refusal ? { chunks: [] } : await retrieve(rowScope(principal), asked, signal);
      const { tenant } = principal!;
      const { passages } = await guardrails.screen(chunks, tenant);
      await guardrails.output.prepare(
        passages.flatMap(({ title, headingPath, text }) => [title, ...headingPath, text]),
        vault,
        tenant,
      );
      const found = passages
        .map((chunk) => guardrails.output.release(chunk, vault))
        .map(({ id, documentId, headingPath, lexical: _, dense: __, ...rest }) => ({
          chunk_id: id,
          document_id: documentId,
          heading_path: headingPath,
          ...rest,
        }));
      note({ documents: [...new Set(found.map(({ document_id }) => document_id))] });
      return { status: 200, body: { chunks: found, request_id: requestId } };
    },
  });
}
