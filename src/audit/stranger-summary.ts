import type { AuditEvent } from './audit-event.ts';
import type { AuditLog } from './audit-log.ts';
import { occurrence, SUMMED_UP } from './occurrence.ts';

/** Recorded one by one in a minute: of an address with one code, and of all addresses together. The others are counted. */
const ONE_BY_ONE = 10;
const ONE_BY_ONE_OF_ALL = 200;
/** Addresses and codes that are counted apart in a minute; what comes from more is counted by its code alone. */
const MOST_GROUPS = 200;
const MINUTE_MS = 60_000;

type Told = Pick<AuditEvent, 'outcome' | 'status' | 'code' | 'address'>;
type Group = { recorded: number; counted: number; of: Told };

/**
 * Before the log: requests of nobody who is known are recorded one by one up to a small rate, and beyond it as one event for each
 * address, code and minute that says how many they were. Otherwise anybody could make the log grow without an end. What was
 * counted is written when the minute is over, and when the server stops.
 */
export function summariseStrangers(log: AuditLog, now: () => number = Date.now): AuditLog {
  let groups = new Map<string, Group>();
  let minute = -1;
  let ofAll = 0;
  let timer: NodeJS.Timeout | undefined;

  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    const ended = groups;
    groups = new Map();
    ofAll = 0;
    const summaries = [...ended.values()].filter(({ counted }) => counted > 0);
    // Nobody waits for it; the log itself says what it cannot write, and how many requests that were.
    await Promise.allSettled(summaries.map((group) => log.record(summaryOf(group))));
  };
  const groupOf = ({ outcome, status = 0, code, address }: AuditEvent): Group => {
    const what = `${outcome} ${status} ${code ?? ''}`;
    const whose = `${what} ${address ?? ''}`;
    const isApart = groups.has(whose) || groups.size < MOST_GROUPS;
    const name = isApart ? whose : what;
    const of: Told = { outcome, status };
    if (code !== undefined) of.code = code;
    if (isApart && address !== undefined) of.address = address;
    const group = groups.get(name) ?? { recorded: 0, counted: 0, of };
    groups.set(name, group);
    return group;
  };
  /** Whether it is counted, and not to be recorded by itself. */
  const count = (event: AuditEvent): boolean => {
    const current = Math.floor(now() / MINUTE_MS);
    if (current !== minute) void flush();
    minute = current;
    const group = groupOf(event);
    if (group.recorded < ONE_BY_ONE && ofAll < ONE_BY_ONE_OF_ALL) {
      group.recorded += 1;
      ofAll += 1;
      return false;
    }
    group.counted += 1;
    timer ??= setTimeout(() => void flush(), (current + 1) * MINUTE_MS - now()).unref();
    return true;
  };

  return {
    ...log,
    record: async (event) => {
      if (!isStrangers(event) || !count(event)) await log.record(event);
    },
    close: async () => {
      // In the log before it closes, which writes what waits.
      const written = flush();
      await log.close();
      await written;
    },
  };
}

/**
 * What has a status came by HTTP; what the log or a command does has none. While the server fails itself, nobody knows who is
 * known: that stays on record one by one.
 */
function isStrangers({ status, tenant, subject, key_id: keyId }: AuditEvent): boolean {
  if (status === undefined || status >= 500) return false;
  return tenant === '' && subject === undefined && keyId === undefined;
}

function summaryOf({ counted, of }: Group): AuditEvent {
  return { ...occurrence('request', SUMMED_UP), tenant: '', ...of, count: counted };
}
