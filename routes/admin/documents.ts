import { z } from 'zod';
import { defineRoute, type Route } from '../../src/api/route.ts';
import type { DocumentScope } from '../../src/documents/document-scope.ts';
import type { DocumentStore, DocumentSummary } from '../../src/documents/document-store.ts';
import { AppError } from '../../src/errors/app-error.ts';
import { draftFromText } from '../../src/ingest/document-draft.ts';
import type { ReadFiles } from '../../src/ingest/read-files.ts';
import type { AcceptedJob } from '../../src/ingest/accept-documents.ts';
import type { Ingest } from '../../src/ingest/ingest.ts';
import { documentScope } from '../row-scope.ts';
import { documentSchema, formSchema, ingestedSchema, pageSchema, textsSchema } from './document-fields.ts';

export type DocumentRoutesOptions = { documents: DocumentStore; ingest: Ingest; readFiles: ReadFiles };

const oneDocument = z.object({ id: z.string().max(100) });
const flag = z.enum(['true', 'false']).default('false');

const waitQuery = z.strictObject({ wait: flag.describe('`true` answers once they are searchable') });
const ingestReplies = {
  201: {
    description: 'Searchable, or quarantined',
    schema: z.object({ documents: z.array(ingestedSchema) }),
  },
  202: {
    description: 'Taken in; the job indexes them',
    schema: z.object({
      job_id: z.string(),
      documents: z.array(z.object({ id: z.string(), title: z.string() })),
    }),
  },
};

/** `/admin/documents`: taking documents in, looking at them, removing them. */
export function documentRoutes({ documents, ingest, readFiles }: DocumentRoutesOptions): Route[] {
  const ingestReply = async (
    { jobId, documents: taken }: AcceptedJob,
    scope: DocumentScope,
    wait: boolean,
    signal: AbortSignal,
  ) =>
    wait
      ? { status: 201, body: { documents: await ingest.finished(scope, jobId, signal) } }
      : { status: 202, body: { job_id: jobId, documents: taken } };
  return [
    defineRoute({
      method: 'post',
      path: '/admin/documents',
      scope: 'ingest',
      action: 'documents.create',
      summary: 'Ingest texts or files',
      query: waitQuery,
      body: textsSchema,
      example: {
        text: 'The late fee is $8.',
        title: 'Fees',
        source: 'fees.md',
        metadata: { team: 'support' },
      },
      multipart: formSchema,
      replies: ingestReplies,
      handle: async ({ principal, body, query, files, signal, note }) => {
        const scope = documentScope(principal);
        const drafts =
          'texts' in body
            ? body.texts.map(({ text, ...fields }) => draftFromText(text, fields))
            : await readFiles(scope.tenant, files, body, signal);
        if (drafts.length === 0)
          throw new AppError('invalid_request', "The form has no file in the field 'file'.");
        const accepted = await ingest.accept(scope, drafts);
        note({ target: accepted.jobId, documents: accepted.documents.map(({ id }) => id) });
        return ingestReply(accepted, scope, query.wait === 'true', signal);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/admin/documents',
      scope: 'ingest',
      action: 'documents.list',
      summary: 'List documents, newest first',
      query: pageSchema,
      replies: {
        200: {
          description: 'A page',
          schema: z.object({ documents: z.array(documentSchema), next_cursor: z.string().nullable() }),
        },
      },
      handle: async ({ principal, query }) => {
        const page = await documents.list(documentScope(principal), query);
        return {
          status: 200,
          body: { documents: page.documents.map(documentBody), next_cursor: page.nextCursor },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/admin/documents/:id',
      scope: 'ingest',
      action: 'documents.read',
      summary: 'One document',
      params: oneDocument,
      replies: { 200: { description: 'The document', schema: documentSchema } },
      handle: async ({ principal, params, note }) => {
        const document = await documents.get(documentScope(principal), params.id);
        note({ target: document.id });
        return { status: 200, body: documentBody(document) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/admin/documents/:id/release',
      scope: 'release',
      action: 'documents.release',
      summary: 'Let a quarantined document into the index',
      params: oneDocument,
      query: waitQuery,
      replies: ingestReplies,
      handle: async ({ principal, params, query, signal, note }) => {
        const scope = documentScope(principal);
        const released = await ingest.release(scope, params.id);
        note({ target: params.id });
        return ingestReply(released, scope, query.wait === 'true', signal);
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/admin/documents/:id',
      scope: 'ingest',
      action: 'documents.delete',
      summary: 'Remove a document and everything made of it',
      params: oneDocument,
      replies: { 204: { description: 'Removed' } },
      handle: async ({ principal, params, note }) => {
        await documents.remove(documentScope(principal), params.id);
        note({ target: params.id });
        return { status: 204 };
      },
    }),
  ];
}

function documentBody({
  mediaType,
  createdAt,
  updatedAt,
  ...document
}: DocumentSummary): z.infer<typeof documentSchema> {
  return {
    ...document,
    media_type: mediaType,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}
