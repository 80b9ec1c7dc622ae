import { z } from 'zod';
import { defineRoute, type Route } from '../../src/api/route.ts';
import type { AuditTrail } from '../../src/audit/audit-trail.ts';
import { AUDIT_FORMATS } from '../../src/audit/formats/index.ts';
import { verificationBody } from '../../src/audit/verification.ts';
import { managedBy } from '../row-scope.ts';
import { auditEventSchema } from './audit-fields.ts';

const MOST = 200;
const LINES = 'application/x-ndjson';
const time = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value).toISOString())
  .optional();

const faultSchema = z.object({
  tenant: z.string(),
  seq: z.number().int(),
  id: z.string().optional(),
  reason: z.string(),
});

/** `/admin/audit`: reading, exporting and verifying what happened, of the own tenant; of every tenant for a global key. */
export function auditRoutes(trail: AuditTrail): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/audit',
      scope: 'audit',
      action: 'audit.read',
      summary: 'List audit events, newest first',
      query: z.strictObject({
        user: z.string().min(1).max(256).optional().describe('the subject'),
        event: z
          .string()
          .min(1)
          .max(64)
          .optional()
          .describe('`request`, `admin_action`, `model_call`, `audit`, or an action such as `keys.create`'),
        since: time.describe('from this time on'),
        until: time.describe('before this time'),
        limit: z.coerce.number().int().min(1).max(MOST).default(50),
        cursor: z.string().max(500).optional(),
      }),
      replies: {
        200: {
          description: 'A page',
          schema: z.object({ events: z.array(auditEventSchema), next_cursor: z.string().nullable() }),
        },
      },
      handle: async ({ principal, query }) => {
        const { records, nextCursor } = await trail.read(managedBy(principal), query);
        const events = records.map(({ seq, hash, event }) => ({ ...event, seq, hash }));
        return { status: 200, body: { events, next_cursor: nextCursor } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/admin/audit/export',
      scope: 'audit',
      action: 'audit.export',
      summary: 'Export audit events as lines of JSON',
      query: z.strictObject({
        format: z
          .enum(AUDIT_FORMATS)
          .default('jsonl')
          .describe(
            '`jsonl` is signed and can be verified offline; `ecs` and `ocsf` are for a SIEM, and cannot',
          ),
        since: time,
        until: time,
      }),
      replies: {
        200: {
          description:
            'An event a line; in `jsonl` with the checkpoints that sign them, between a header and a trailer, both signed: range, chains with their first and last sequence and hash, key id',
          mediaType: LINES,
        },
      },
      handle: ({ principal, query: { format, ...range } }) =>
        Promise.resolve({ lines: trail.export(managedBy(principal), format, range), mediaType: LINES }),
    }),
    defineRoute({
      method: 'get',
      path: '/admin/audit/verify',
      scope: 'audit',
      action: 'audit.verify',
      summary: 'Check that no audit event was changed, removed or moved',
      replies: {
        200: {
          description: 'What was found',
          schema: z.object({
            ok: z.boolean().describe('signed, and without a fault'),
            signed: z
              .boolean()
              .describe('whether a signature covers it: a list of all chains, and checkpoints'),
            records: z.number().int(),
            chains: z.number().int(),
            after_checkpoint: z.number().int().describe('records that came after the last checkpoint'),
            first_bad: faultSchema.optional(),
            faults: z.array(faultSchema).describe('the first of each chain'),
          }),
        },
      },
      handle: async ({ principal }) => {
        return { status: 200, body: verificationBody(await trail.verify(managedBy(principal))) };
      },
    }),
  ];
}
