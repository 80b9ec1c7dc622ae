import { z } from 'zod';
import { DOCUMENT_STATUSES } from '../../src/documents/document-store.ts';
import { AppError } from '../../src/errors/app-error.ts';
import { boundJson, JSON_BOUNDS } from '../../src/json/bound-json.ts';
import { metadataSchema, storable } from '../question-fields.ts';

const MOST_TEXTS = 1_000;

const name = z.string().trim().min(1).regex(/\S/);
const fields = {
  title: storable(name.max(200)).optional(),
  source: storable(name.max(2_000))
    .optional()
    .describe('where it comes from; the same source again is a new version'),
  metadata: metadataSchema.optional(),
  groups: z
    .array(storable(name.max(100)))
    .max(100)
    .optional()
    .describe(
      'who may retrieve it; an empty list: everyone in the tenant. Left out: as the version before; for a new document the groups of the key, or everyone',
    ),
};
const textDocument = z.strictObject({ text: z.string().min(1), ...fields }).meta({ id: 'TextDocument' });

/** One text, or an array of them under `documents`. */
export const textsSchema = z
  .union([textDocument, z.strictObject({ documents: z.array(textDocument).min(1).max(MOST_TEXTS) })])
  .transform((body) => ({ texts: 'documents' in body ? body.documents : [body] }));

/** Form fields are strings: metadata is a JSON object, groups are JSON or comma-separated. */
export const formSchema = z.strictObject({
  title: fields.title,
  source: fields.source,
  metadata: jsonField(metadataSchema).optional(),
  groups: z
    .string()
    .regex(/[^\s,]/, 'names no group; send [] for everyone in the tenant')
    .transform((value) =>
      value.trimStart().startsWith('[')
        ? value
        : JSON.stringify(
            value
              .split(',')
              .map((group) => group.trim())
              .filter(Boolean),
          ),
    )
    .pipe(jsonField(fields.groups.unwrap()))
    .optional(),
});

function jsonField<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .meta({ contentMediaType: 'application/json' })
    .transform((value, context): unknown => {
      try {
        boundJson(Buffer.from(value), JSON_BOUNDS);
        return JSON.parse(value);
      } catch (error) {
        const message = error instanceof AppError ? error.message : 'not valid JSON';
        context.issues.push({ code: 'custom', message, input: value });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

/** One document, once it is searchable. */
export const ingestedSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    status: z.enum(DOCUMENT_STATUSES),
    chunks: z.number().int(),
    version: z.number().int(),
    duplicate_of: z.string().optional(),
    findings: z.array(z.unknown()),
  })
  .meta({ id: 'IngestedDocument' });

export const documentSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    source: z.string().nullable(),
    media_type: z.string(),
    metadata: z.record(z.string(), z.unknown()),
    groups: z.array(z.string()),
    status: z.enum(DOCUMENT_STATUSES),
    version: z.number().int(),
    chunks: z.number().int(),
    language: z.string().nullable(),
    findings: z.array(z.unknown()),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'Document' });

export const pageSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
  source: storable(z.string().max(2_000)).optional(),
  status: z.enum(DOCUMENT_STATUSES).optional(),
  query: storable(z.string().min(1).max(200))
    .optional()
    .describe('a part of the title or the source, in either case'),
});
