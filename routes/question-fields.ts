import { z } from 'zod';
import { isStorable } from '../src/db/storable-text.ts';
import { DEFAULT_TOP_K } from '../src/rag/retrieve.ts';

const LONGEST_QUESTION = 8_000;

/** The question itself; blank text asks nothing. */
export const questionText = z.string().max(LONGEST_QUESTION).regex(/\S/, "Missing 'query' field");

export const topK = z
  .number()
  .int()
  .min(1)
  .max(50)
  .default(DEFAULT_TOP_K)
  .describe('how many chunks to retrieve');

/** Text that Postgres can store and compare. */
export const storable = (schema: z.ZodString) =>
  schema.refine(isStorable, 'may hold no NUL and no half of a surrogate pair');

const plainValue = z.union([storable(z.string().max(1_000)), z.number(), z.boolean(), z.null()]);

/** A record passes over this name without a word: a filter by it alone would filter nothing. */
const PASSED_OVER = '__proto__';

/** Flat, so that "equal" has one meaning. */
export const metadataSchema = z.preprocess(
  (fields, context) => {
    if (typeof fields === 'object' && fields !== null && Object.hasOwn(fields, PASSED_OVER))
      context.issues.push({
        code: 'custom',
        message: 'no field can have this name',
        path: [PASSED_OVER],
        input: fields,
      });
    return fields;
  },
  z
    .record(storable(z.string().min(1).max(100)), plainValue)
    .refine((fields) => Object.keys(fields).length <= 50, 'at most 50 fields'),
);

export const filterSchema = z
  .strictObject({
    source: storable(z.string().min(1).max(2_000)).optional(),
    metadata: metadataSchema.optional(),
  })
  .meta({ id: 'Filter', description: 'only documents whose fields equal these' });
