import { z } from 'zod';
import { AUDIT_EVENTS, AUDIT_OUTCOMES } from '../../src/audit/audit-event.ts';

const count = z.number().int().min(0);

/** An audit event, as it is shown. */
export const auditEventSchema = z
  .object({
    seq: count.describe('its place in the chain of its tenant'),
    hash: z.string().describe('SHA-256 of the record and of the hash before it, in hexadecimal'),
    id: z.uuid(),
    time: z.iso.datetime(),
    event: z.enum(AUDIT_EVENTS),
    action: z.string(),
    outcome: z.enum(AUDIT_OUTCOMES),
    code: z.string().optional().describe("the problem's code, or the refusal's reason"),
    category: z.string().optional(),
    tenant: z.string().describe('empty where nobody was authenticated'),
    subject: z.string().optional(),
    key_id: z.string().optional(),
    method: z.string().optional(),
    route: z.string().optional(),
    status: count.optional(),
    address: z.string().optional(),
    request_id: z.string().optional(),
    trace_id: z.string().optional(),
    latency_ms: z.number().optional(),
    model: z.string().optional(),
    prompt_tokens: count.optional(),
    completion_tokens: count.optional(),
    cost_usd: z.number().optional(),
    guardrails: z
      .object({
        redactions: z.array(z.object({ type: z.string(), count, where: z.string() })),
        flags: z.array(z.string()),
      })
      .optional(),
    documents: z.array(z.string()).optional().describe('ids of the documents that were cited, or taken in'),
    target: z.string().optional().describe('what an admin action was done to'),
    query_hash: z.string().optional().describe('HMAC of the question'),
    count: count.optional(),
  })
  .meta({ id: 'AuditEvent' });
