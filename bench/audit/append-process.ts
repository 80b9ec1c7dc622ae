import { randomUUID } from 'node:crypto';
import { appendEvents } from '../../src/audit/append-events.ts';
import type { AuditEvent } from '../../src/audit/audit-event.ts';
import { createBufferedAuditLog } from '../../src/audit/buffered-audit-log.ts';
import { parseSettings } from '../../src/config/load.ts';
import { openDatabase } from '../../src/db/database.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { serveParent } from '../child.ts';

export type AppendInput = {
  settings: Record<string, string>;
  tenants: number;
  /** Events a second; 0: as many as it takes. */
  rate: number;
  /** Requests at once, each of which waits for its event, where there is no rate. */
  callers: number;
  seconds: number;
  /** When to begin (ms since 1970), so that processes measure the same time. */
  startAt: number;
};
export type AppendResult = { written: number; refused: number; waitsMs: number[]; cpuMs: number };

/** A server's audit log, and nothing else of it: events as a request makes them, each waited for. */
serveParent(async (input: AppendInput): Promise<AppendResult> => {
  const settings = parseSettings(input.settings);
  const db = await openDatabase(settings);
  const audit = createBufferedAuditLog({
    append: (events, again) => appendEvents(db, events, again),
    onFailure: 'deny',
    most: settings.AUDIT_BUFFER_EVENTS,
    timeoutMs: settings.AUDIT_TIMEOUT_MS,
    logger: createLogger(settings),
    metrics: { audit: () => undefined },
  });
  const waitsMs: number[] = [];
  let made = 0;
  let refused = 0;
  const one = async () => {
    made += 1;
    const started = performance.now();
    await audit.record(requestEvent(made, input.tenants)).then(
      () => waitsMs.push(performance.now() - started),
      () => (refused += 1),
    );
  };
  await new Promise((begin) => setTimeout(begin, input.startAt - Date.now()));
  const cpu = process.cpuUsage();
  const until = performance.now() + input.seconds * 1_000;
  if (input.rate === 0) {
    const caller = async () => {
      while (performance.now() < until) await one();
    };
    await Promise.all(Array.from({ length: input.callers }, caller));
  } else {
    const begun = performance.now();
    const open: Promise<void>[] = [];
    for (let now = begun; now < until; now = performance.now()) {
      const due = ((now - begun) / 1_000) * input.rate;
      while (made < due) open.push(one());
      await new Promise((next) => setTimeout(next, 1));
    }
    await Promise.all(open);
  }
  const { user, system } = process.cpuUsage(cpu);
  await audit.close();
  await db.close();
  return {
    written: waitsMs.length,
    refused,
    waitsMs: waitsMs.sort((a, b) => a - b),
    cpuMs: (user + system) / 1_000,
  };
});

function requestEvent(nth: number, tenants: number): AuditEvent {
  return {
    id: randomUUID(),
    time: new Date().toISOString(),
    event: 'request',
    action: 'query',
    outcome: 'success',
    tenant: `tenant-${nth % tenants}`,
    subject: `key:${(nth % 50).toString(16).padStart(12, '0')}`,
    key_id: (nth % 50).toString(16).padStart(12, '0'),
    method: 'POST',
    route: '/query',
    status: 200,
    address: '203.0.113.0',
    request_id: randomUUID(),
    latency_ms: 12.3,
    model: 'gpt-4o-mini',
    prompt_tokens: 812,
    completion_tokens: 41,
    cost_usd: 0.0001464,
    guardrails: { redactions: [{ type: 'EMAIL', count: 1, where: 'input' }], flags: [] },
    documents: [randomUUID(), randomUUID()],
    query_hash: randomUUID().replaceAll('-', ''),
  };
}
