import { z } from 'zod';
import { KEY_STATUSES } from '../../src/auth/key-store.ts';
import { SCOPES } from '../../src/auth/principal.ts';
import { storable } from '../question-fields.ts';

const LAST_TIME = Date.UTC(9999, 11, 31);
const LONGEST_OVERLAP_SECONDS = 30 * 24 * 60 * 60;
/** As much as the column holds. */
const MOST_REQUESTS = 2 ** 31 - 1;

/** As a token's tenant and groups: either may stand in a principal. */
const name = storable(z.string().min(1).max(100));

/** By the same names for a key and for its whole tenant. */
export const keyLimits = {
  requests_per_minute: z.number().int().positive().max(MOST_REQUESTS).nullable().default(null),
  budget_usd_per_day: z.number().min(0).max(1e9).nullable().default(null),
};

/** What a new key is to be; by the same names in a request and on the command line. */
export const newKeySchema = z
  .strictObject({
    name: storable(z.string().trim().min(1).max(200).regex(/\S/)),
    scopes: z
      .array(z.enum(SCOPES))
      .min(1)
      .refine((scopes) => new Set(scopes).size === scopes.length, 'a scope stands there twice')
      .meta({ uniqueItems: true }),
    groups: z.array(name).max(100).default([]).describe('whose documents it may retrieve'),
    tenant: name.optional().describe("another than the caller's needs a key that manages every tenant"),
    expires_at: z.iso
      .datetime({ offset: true })
      .refine((time) => Date.parse(time) > Date.now(), 'must be in the future')
      .refine((time) => Date.parse(time) < LAST_TIME, 'must be before the year 10000')
      .nullable()
      .default(null),
    ...keyLimits,
  })
  .meta({ id: 'NewKey' });

export const overlapSchema = z.strictObject({
  overlap_seconds: z
    .number()
    .int()
    .min(0)
    .max(LONGEST_OVERLAP_SECONDS)
    .default(0)
    .describe('how long the secret before still opens'),
});

const keyFields = z.object({
  id: z.string(),
  name: z.string(),
  tenant: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  groups: z.array(z.string()),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  status: z.enum(KEY_STATUSES),
  requests_per_minute: z.number().int().nullable(),
  budget_usd_per_day: z.number().nullable(),
});

export const keySchema = keyFields.meta({ id: 'Key' });

export const issuedKeySchema = keyFields
  .extend({ key: z.string().describe('shown this once') })
  .meta({ id: 'IssuedKey' });

export const keysQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});
