import type { AuditEvent } from './audit-event.ts';
import { canonicalJson, type Json } from './canonical-json.ts';

/** The fields there are: an object that has others is recorded without them. */
const FIELDS = {
  id: true,
  time: true,
  event: true,
  action: true,
  outcome: true,
  code: true,
  category: true,
  tenant: true,
  subject: true,
  key_id: true,
  method: true,
  route: true,
  status: true,
  address: true,
  request_id: true,
  trace_id: true,
  latency_ms: true,
  model: true,
  prompt_tokens: true,
  completion_tokens: true,
  cost_usd: true,
  guardrails: true,
  documents: true,
  target: true,
  query_hash: true,
  count: true,
} as const satisfies Record<keyof AuditEvent, true>;

const LONGEST = 256;
/** What could end a line or steer a terminal, wherever the record is shown later. */
// eslint-disable-next-line no-control-regex -- these are what it is for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** An event as it is stored and hashed: canonical JSON of the fields that an event may have, with bounded, printable texts. */
export function eventText(event: AuditEvent): string {
  const known = Object.entries(event).filter(([name]) => Object.hasOwn(FIELDS, name));
  return canonicalJson(printable(Object.fromEntries(known)));
}

function printable(value: Json): Json {
  if (typeof value === 'string') return value.slice(0, LONGEST).toWellFormed().replace(UNPRINTABLE, '\ufffd');
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(printable);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      member === undefined ? [] : [[name, printable(member)] as const],
    ),
  );
}
