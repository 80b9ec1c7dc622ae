const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether an id could be one of ours; asked for any other, Postgres would fail instead of finding nothing. */
export function isUuid(id: string): boolean {
  return UUID.test(id);
}
