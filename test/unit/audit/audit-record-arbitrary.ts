import fc from 'fast-check';
import { AUDIT_EVENTS, AUDIT_OUTCOMES, type AuditEvent } from '../../../src/audit/audit-event.ts';
import type { AuditRecord } from '../../../src/audit/formats/index.ts';
import { PII_TYPES } from '../../../src/guardrails/verdict.ts';

/** What somebody may try to write lines of his own with, or to confuse whoever reads them. */
const NASTY = [
  'x\n{"event":{"action":"forged"}}',
  'a\r\nb',
  'a\u2028b\u2029c',
  'a\u0085b\u000bc\fd',
  '\u001b[2J\u0000',
  '\u202eabc',
  '\ud800',
  '"},{"',
  '\\n',
  '__proto__',
];

const text = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 80 }));
const count = fc.nat({ max: 1_000_000 });
const amount = fc.double({ min: 0, max: 1_000_000, noNaN: true }).map((value) => value + 0);
const action = fc.oneof(
  fc.constantFrom('query', 'token.issue', 'keys.create', 'keys.revoke', 'log_level.change', 'audit.prune'),
  text,
);
const code = fc.oneof(fc.constantFrom('prompt_injection', 'output_blocked', 'unauthenticated'), text);

const redaction = fc.record(
  {
    type: fc.constantFrom(...PII_TYPES),
    count,
    where: fc.constantFrom('input' as const, 'output' as const),
  },
  { noNullPrototype: true },
);

const auditEvent: fc.Arbitrary<AuditEvent> = fc.record(
  {
    id: fc.uuid(),
    time: fc
      .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    event: fc.constantFrom(...AUDIT_EVENTS),
    action,
    outcome: fc.constantFrom(...AUDIT_OUTCOMES),
    code,
    category: text,
    tenant: text,
    subject: text,
    key_id: text,
    method: text,
    route: text,
    status: fc.constantFrom(200, 202, 401, 403, 422, 429, 500, 503),
    address: fc.oneof(fc.ipV4(), fc.ipV6(), text),
    request_id: text,
    trace_id: text,
    latency_ms: amount,
    model: text,
    prompt_tokens: count,
    completion_tokens: count,
    cost_usd: amount,
    guardrails: fc.record(
      { redactions: fc.array(redaction, { maxLength: 3 }), flags: fc.array(text, { maxLength: 3 }) },
      { noNullPrototype: true },
    ),
    documents: fc.array(text, { maxLength: 3 }),
    target: text,
    query_hash: text,
    count,
  },
  { requiredKeys: ['id', 'time', 'event', 'action', 'outcome', 'tenant'], noNullPrototype: true },
);

/** Any event that has the fields of one, whatever its texts hold. */
export const auditRecords: fc.Arbitrary<AuditRecord> = fc.record(
  {
    event: auditEvent,
    seq: fc.integer({ min: 1 }),
    hash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  },
  { requiredKeys: ['event'], noNullPrototype: true },
);
