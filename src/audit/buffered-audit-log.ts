import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../errors/app-error.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { AuditEvent } from './audit-event.ts';
import type { AuditLog } from './audit-log.ts';
import { eventsIn, lostEvent } from './occurrence.ts';
import type { StoredEvent } from './stored-event.ts';

/** Writes events in this order, all or none; `again`: perhaps they were written already. */
export type Append = (
  events: readonly AuditEvent[],
  again: boolean,
) => Promise<Pick<StoredEvent, 'seq' | 'hash' | 'event'>[]>;

export type BufferedAuditLogOptions = {
  append: Append;
  onFailure: 'deny' | 'warn';
  /** Most events that may wait. */
  most: number;
  /** Longest that a request waits for its event. */
  timeoutMs: number;
  /** Told of each event once it is written. */
  onWritten?: (record: Pick<StoredEvent, 'seq' | 'hash' | 'event'>) => void;
  logger: Logger;
  metrics: Pick<Metrics, 'audit'>;
};

type Waiting = { event: AuditEvent; done: PromiseWithResolvers<undefined> };

/** Enough to pay for a commit, and few enough to hold a tenant's chain for some milliseconds only. */
const MOST_AT_ONCE = 500;
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 2_000;
const CLOSING_MS = 5_000;
const SAID_EVERY_MS = 5_000;

/**
 * One writer a process: what arrives while it writes is written next, together, so that batches grow by themselves under
 * load and nobody waits for one to fill. What could not be written stays, and is tried again.
 */
export function createBufferedAuditLog(options: BufferedAuditLogOptions): AuditLog {
  const { append, onFailure, most, timeoutMs, onWritten, logger, metrics } = options;
  const waiting: Waiting[] = [];
  let failing = false;
  let closesAt = Infinity;
  let lost = 0;
  /** Lost since it was last put on record. */
  let untold = 0;
  let writing: Promise<void> | undefined;
  let isWriting = false;
  let saidAt = -Infinity;

  const warn = (message: string, fields: Record<string, unknown>) => {
    if (performance.now() - saidAt < SAID_EVERY_MS) return;
    saidAt = performance.now();
    logger.error(message, { waiting: waiting.length, lost, ...fields });
  };
  const lose = (count: number, error?: unknown) => {
    lost += count;
    untold += count;
    metrics.audit('lost', count);
    warn('audit events were lost', { error });
  };
  const enqueue = (event: AuditEvent): Waiting => {
    const entry = { event, done: Promise.withResolvers<undefined>() };
    entry.done.promise.catch(() => undefined); // whoever waits is told; perhaps nobody does
    waiting.push(entry);
    if (!isWriting) writing = write();
    return entry;
  };
  const settle = (batch: Waiting[], records: Awaited<ReturnType<Append>>) => {
    waiting.splice(0, batch.length);
    metrics.audit('written', batch.length);
    for (const { done } of batch) done.resolve(undefined);
    try {
      for (const record of records) onWritten?.(record);
    } catch (error) {
      // They are written: as a failed write they would be tried again, in the place of others.
      warn('what was written could not be told', { error });
    }
  };
  const tellLost = () => {
    if (untold === 0) return;
    const count = untold;
    untold = 0;
    enqueue(lostEvent(count));
  };

  /** One at a time, where all together were refused: what the database does not take must not hold up the others. */
  const writeEach = async (batch: Waiting[]) => {
    for (const entry of batch) {
      try {
        settle([entry], await append([entry.event], true));
      } catch (error) {
        if (isOutage(error)) throw error;
        waiting.shift();
        entry.done.reject(unrecorded(error));
        lose(eventsIn(entry.event), error);
      }
    }
  };
  const attempt = async (batch: Waiting[], again: boolean) => {
    const events = batch.map(({ event }) => event);
    settle(batch, await append(events, again));
  };
  const write = async () => {
    isWriting = true;
    try {
      let pauseMs = FIRST_PAUSE_MS;
      for (let again = false; waiting.length > 0;) {
        const batch = waiting.slice(0, MOST_AT_ONCE);
        try {
          await attempt(batch, again);
          again = failing = false;
          pauseMs = FIRST_PAUSE_MS;
          tellLost();
        } catch (error) {
          failing = again = true;
          metrics.audit('failed', 1);
          warn('audit events cannot be written, and wait', { error });
          if (!isOutage(error))
            failing = again = await writeEach(batch).then(
              () => false,
              () => true,
            );
          if (!failing) tellLost();
          if (performance.now() > closesAt) return;
          if (failing) await delay(pauseMs);
          pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
        }
      }
    } finally {
      // In the same step in which nothing waited: what comes a step later starts the next writer.
      isWriting = false;
    }
  };

  return {
    assertOpen: () => {
      if (onFailure === 'deny' && (failing || waiting.length >= most)) throw unrecorded();
    },
    record: async (event) => {
      if (waiting.length >= most) {
        lose(eventsIn(event));
        if (onFailure === 'warn') return;
        throw unrecorded();
      }
      const { done } = enqueue(event);
      if (await inTime(done.promise, failing ? 0 : timeoutMs)) return;
      if (onFailure === 'deny') throw unrecorded();
      warn('requests are answered before their audit events are written', {});
    },
    state: () => ({ waiting: waiting.length, lost }),
    close: async () => {
      closesAt = performance.now() + CLOSING_MS;
      if (writing) await inTime(writing, CLOSING_MS);
      // It is the last time: it is said even if something was said just now.
      saidAt = -Infinity;
      const left = waiting.splice(0);
      if (left.length > 0) lose(left.reduce((sum, { event }) => sum + eventsIn(event), 0));
    },
  };
}

/** Whether it came to its end, without an error, before the time was over. */
async function inTime(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  return Promise.race([
    work.then(
      () => true,
      () => false,
    ),
    late,
  ]).finally(() => clearTimeout(timer));
}

/** SQLSTATE of whatever is wrong with the database (read-only, locked, without rights) and not with the event's own values (classes 22, 23). */
const NOT_THE_EVENTS = /^(?!2[23])[0-9A-Z]{5}$/;

/** Whether the same events may be taken later. */
function isOutage(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'unavailable';
  return NOT_THE_EVENTS.test(String((error as { code?: unknown }).code));
}

function unrecorded(cause?: unknown): AppError {
  return new AppError('unavailable', 'The request cannot be put on record right now.', {
    retryAfterSeconds: 5,
    ...(cause === undefined ? {} : { cause }),
  });
}
