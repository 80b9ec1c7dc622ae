/** A day or a month in UTC: `since` and `until` are its first and its present day, `endsAt` is in ms since 1970. */
export type Period = { name: string; since: string; until: string; endsAt: number };

/** The day of a time, as `2026-11-24`. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** The day or month that it is now. */
export function periodOf(unit: 'day' | 'month', now = new Date()): Period {
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  const until = dayOf(now);
  return unit === 'day'
    ? { name: until, since: until, until, endsAt: Date.UTC(year, month, now.getUTCDate() + 1) }
    : { name: until.slice(0, 7), since: `${until.slice(0, 7)}-01`, until, endsAt: Date.UTC(year, month + 1) };
}
