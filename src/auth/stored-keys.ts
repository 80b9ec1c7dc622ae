import type { Database } from '../db/database.ts';
import type { Logger } from '../observability/logger.ts';
import { isKeyId, keyIdIn } from './api-keys.ts';
import type { KeyMacs } from './key-macs.ts';
import { knownKey, readKeyRecord, secretOf, secretOfGeneration, type KeyRecord } from './key-record.ts';
import type { KnownKey, KnownKeys } from './known-keys.ts';
import { createRecentAnswers } from './recent-answers.ts';

/** Half of the second within which every process obeys a revocation. */
const RECENT_MS = 500;
const MOST_RECORDS = 10_000;
const USE_NOTED_EVERY_MS = 60_000;

export type StoredKeys = KnownKeys & {
  /** To be called when a key was changed in this process: the change then holds here at once. */
  forget(id: string): void;
};

/**
 * The keys of the database. A record opens for half a second after it was asked for. What it refuses is asked for again:
 * another process may have just made or rotated the key.
 *
 * @throws AppError `unavailable` from each method when the database cannot be reached
 */
export function createStoredKeys(db: Database, keyMacs: KeyMacs, logger: Logger): StoredKeys {
  const records = createRecentAnswers((id) => readKeyRecord(db, id), {
    most: MOST_RECORDS,
    now: () => performance.now(),
  });
  const noteUse = createUseNotes(db, logger);
  const decide = async (id: string, judge: (record: KeyRecord | undefined) => KnownKey | undefined) => {
    const arrivedAt = performance.now();
    const recent = await records.get(id, arrivedAt - RECENT_MS);
    let known = judge(recent.value);
    if (!known && recent.askedAt < arrivedAt) known = judge((await records.get(id, arrivedAt)).value);
    if (known) noteUse(id);
    return known;
  };
  return {
    identify: async (key) => {
      const id = keyIdIn(key);
      if (id === undefined) return undefined;
      const macs = keyMacs.candidates(key);
      return decide(id, (record) => {
        const secret = secretOf(record, macs);
        return record && secret && knownKey(record, secret);
      });
    },
    find: async (id, generation) =>
      isKeyId(id)
        ? decide(id, (record) => {
            const secret = record && secretOfGeneration(record, generation);
            return secret && knownKey(record, secret);
          })
        : undefined,
    forget: (id) => records.forget(id),
  };
}

/** Notes in the background, once a minute for each key, that it was used: no request waits for it or fails by it. */
function createUseNotes(db: Database, logger: Logger): (id: string) => void {
  const notedAt = new Map<string, number>();
  return (id) => {
    const now = performance.now();
    if (now - (notedAt.get(id) ?? -Infinity) < USE_NOTED_EVERY_MS) return;
    notedAt.set(id, now);
    db.withoutScope((tx) => tx.query('select touch_api_key($1)', [id])).catch((error: unknown) =>
      logger.debug('the use of a key was not noted', { keyId: id, error }),
    );
  };
}
