/** For whom work is done: tenants take turns, and work that nobody waits for any more is not begun. */
export type Whose = { tenant: string; signal?: AbortSignal | undefined };
