/**
 * An event in its place in its tenant's chain. `event` is the canonical JSON that was hashed; `previous` is the hash of the
 * record before it, as it was when this one was written.
 */
export type StoredEvent = { tenant: string; seq: number; previous: Buffer; hash: Buffer; event: string };
