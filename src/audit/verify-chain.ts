import { NO_HASH, recordHash } from './chain.ts';
import type { StoredEvent } from './stored-event.ts';

/**
 * What is wrong with a record: `edited`: it is not what was hashed, or its hash is not what the next one followed;
 * `missing`: none is in this place; `reordered`: it stood elsewhere; `forked`: two claim the place, or all from here on is
 * another history than the one that was signed; `truncated`: the chain ends before a record that was signed;
 * `checkpoint`: a checkpoint of this record is not sound, or is gone; `unsigned`: a chain that the export does not name.
 */
export type FaultReason =
  'edited' | 'missing' | 'reordered' | 'forked' | 'truncated' | 'checkpoint' | 'unsigned';

export type Fault = { tenant: string; seq: number; reason: FaultReason; id?: string };

/** It is signed that the record in this place has this hash, or `retention`: that it and all before it were removed. */
export type SignedPoint = { kind: 'end' | 'retention' | 'promise'; seq: number; hash: string };

export type ChainVerifier = {
  /** The next record; they come in the order of `seq`. */
  push(record: StoredEvent): void;
  /** The first fault, or undefined. */
  end(): Fault | undefined;
  readonly records: number;
  /** Those after the last one that a checkpoint signs. */
  readonly afterCheckpoint: number;
};

/** How far from its place a record is looked for, and how far a swapped one looks for its partner. */
const REACH = 1_000;

/**
 * Checks one chain record by record, against what was signed of it (by rising `seq`). It begins after the last record that
 * retention removed, or after `begins` for a part of a chain.
 */
export function createChainVerifier(
  tenant: string,
  points: readonly SignedPoint[],
  begins?: { seq: number; hash: Buffer },
): ChainVerifier {
  const removed = points.filter(({ kind }) => kind === 'retention').at(-1);
  let last = begins ??
    (removed && { seq: removed.seq, hash: Buffer.from(removed.hash, 'hex') }) ?? { seq: 0, hash: NO_HASH };
  /** The last place whose history is signed. */
  let signedUpTo = last.seq;
  const pending = points.filter(({ seq }) => seq > last.seq);
  const checkpointed = points.findLast(({ kind }) => kind !== 'promise')?.seq ?? 0;
  let fault: Fault | undefined;
  let suspect: StoredEvent | undefined;
  let before: StoredEvent | undefined;
  let records = 0;
  let afterCheckpoint = 0;

  const found = (seq: number, reason: FaultReason, record?: StoredEvent) => {
    const id = record && idIn(record.event);
    fault = { tenant, seq, reason, ...(id === undefined ? {} : { id }) };
  };
  const start = last;
  if (points.some(({ seq, hash }) => seq === start.seq && hash !== start.hash.toString('hex')))
    found(start.seq + 1, 'forked');
  const check = (record: StoredEvent) => {
    const expected = last.seq + 1;
    if (record.seq < expected) found(record.seq, 'forked', record);
    else if (record.seq > expected) found(expected, 'missing');
    else if (!fits(record, record)) {
      found(record.seq, stoodNearby(record) ? 'reordered' : 'edited', record);
      suspect = record;
    } else if (!record.previous.equals(last.hash)) {
      // It is as it was written, so what it follows is not; of a chain that lost its beginning, there is nothing to blame.
      if (before) found(last.seq, 'edited', before);
      else found(record.seq, 'missing', record);
    } else checkSigned(record);
  };
  const checkSigned = (record: StoredEvent) => {
    while (pending[0]?.seq === record.seq) {
      const { kind, hash } = pending.shift()!;
      if (hash !== record.hash.toString('hex')) {
        found(signedUpTo + 1, 'forked');
        return;
      }
      if (kind !== 'promise') signedUpTo = record.seq;
    }
  };

  return {
    get records() {
      return records;
    },
    get afterCheckpoint() {
      return afterCheckpoint;
    },
    push: (record) => {
      records += 1;
      if (record.seq > checkpointed) afterCheckpoint += 1;
      if (suspect) {
        if (record.seq === suspect.seq) fault!.reason = 'forked';
        // Two texts that changed places each fit where the other one is.
        else if (fits(record, suspect)) fault!.reason = 'reordered';
        if (record.seq - suspect.seq > REACH || fault!.reason !== 'edited') suspect = undefined;
      }
      if (!fault) check(record);
      last = { seq: record.seq, hash: record.hash };
      before = record;
    },
    end: () => {
      if (!fault && pending.length > 0) found(last.seq + 1, 'truncated');
      return fault;
    },
  };
}

/** Whether this text is what was hashed in that place. */
function fits({ tenant, seq, previous, hash }: StoredEvent, { event }: StoredEvent): boolean {
  return recordHash(previous, tenant, seq, event).equals(hash);
}

function stoodNearby(record: StoredEvent): boolean {
  for (let distance = 1; distance <= REACH; distance += 1)
    for (const seq of [record.seq - distance, record.seq + distance])
      if (seq > 0 && fits({ ...record, seq }, record)) return true;
  return false;
}

function idIn(event: string): string | undefined {
  try {
    const { id } = JSON.parse(event) as { id?: unknown };
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
