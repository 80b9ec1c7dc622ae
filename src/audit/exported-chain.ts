import type { KeyObject } from 'node:crypto';
import { NO_HASH } from './chain.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Expectations } from './expectations.ts';
import type { ExportedChain, ExportHeader } from './export-seal.ts';
import { checkCheckpoints, type SaidOfChain } from './sound-checkpoints.ts';
import type { StoredEvent } from './stored-event.ts';
import type { VerifiedChain } from './verification.ts';
import { createChainVerifier, type Fault, type SignedPoint } from './verify-chain.ts';

export type ExportedChainCheck = {
  checkpoint(checkpoint: Checkpoint): void;
  record(record: StoredEvent): void;
  /** `trailed`: what the trailer says of it, where nothing at the beginning did. */
  end(trailed?: ExportedChain): VerifiedChain;
};

/** Checks what an export holds of one chain; `header`: what it said at its beginning, where that is signed. */
export function checkExportedChain(
  tenant: string,
  header: ExportHeader | undefined,
  { publicKeys, expected }: { publicKeys: readonly KeyObject[]; expected: Expectations },
): ExportedChainCheck {
  const kept: Checkpoint[] = [];
  const promised = header?.chains.find((one) => one.tenant === tenant);
  const isWhole = header?.since === null && header.until === null;
  let first: StoredEvent | undefined;
  let last: StoredEvent | undefined;
  let opened: VerifiedChain | undefined;

  const open = (): VerifiedChain => {
    const elsewhere = expected.of(tenant, header?.time);
    const said = {
      kept,
      ...(isWhole ? heldToAll(tenant, promised, elsewhere) : heldToPart(promised, elsewhere)),
    };
    const { points, fault } = checkCheckpoints(tenant, said, publicKeys);
    const begins = isWhole ? undefined : beginning(promised, first);
    return { verifier: createChainVerifier(tenant, points, begins), fault };
  };
  const isUnnamed = () => header && !promised && (first !== undefined || kept.length > 0);
  const lacksCheckpoints = () => {
    const numbers = promised?.checkpoints;
    const most = numbers ? numbers.last - numbers.first + 1 : 0;
    return promised !== undefined && kept.length !== most;
  };

  return {
    checkpoint: (checkpoint) => void kept.push(checkpoint),
    record: (record) => {
      first ??= record;
      last = record;
      (opened ??= open()).verifier.push(record);
    },
    end: (trailed) => {
      const { verifier, fault } = (opened ??= open());
      const at = (seq: number, reason: Fault['reason']): VerifiedChain => ({
        verifier,
        fault: { tenant, seq, reason },
      });
      if (isUnnamed()) return at(first?.seq ?? 1, 'unsigned');
      if (lacksCheckpoints()) return at(promised?.first?.seq ?? 1, 'checkpoint');
      if (trailed?.first && trailed.first.seq !== first?.seq) return at(trailed.first.seq, 'missing');
      if (trailed?.last && trailed.last.seq !== last?.seq) return at(last!.seq + 1, 'truncated');
      return { verifier, fault };
    },
  };
}

type HeldTo = Omit<SaidOfChain, 'kept'>;

/** An export of all that there was: the chain's whole history is in it. */
function heldToAll(tenant: string, promised: ExportedChain | undefined, elsewhere: HeldTo): HeldTo {
  return {
    ...elsewhere,
    listed: promised?.listed ? { tenant, ...promised.listed } : undefined,
    promised: [...endsOf(promised), ...(elsewhere.promised ?? [])],
  };
}

/** Only what falls into this part of the chain can be missed in it. */
function heldToPart(promised: ExportedChain | undefined, elsewhere: HeldTo): HeldTo {
  const { first, last, listed } = promised ?? {};
  const isWithin = ({ seq }: { seq: number }) => !!first && !!last && seq >= first.seq && seq <= last.seq;
  const points = [...endsOf(promised), ...(elsewhere.promised ?? [])];
  if (listed) points.push({ kind: 'promise', seq: listed.seq, hash: listed.hash });
  return {
    promised: points.filter(isWithin),
    shipped: elsewhere.shipped?.filter((one) => one.kind === 'end' && isWithin(one)),
  };
}

function endsOf(chain: ExportedChain | undefined): SignedPoint[] {
  return [chain?.first, chain?.last].flatMap((place) =>
    place ? [{ kind: 'promise' as const, ...place }] : [],
  );
}

/** Where a part of a chain begins, which nobody knows where nothing is signed. */
function beginning(
  promised: ExportedChain | undefined,
  first: StoredEvent | undefined,
): { seq: number; hash: Buffer } | undefined {
  const seq = promised?.first?.seq ?? first?.seq ?? 1;
  return seq === 1 ? undefined : { seq: seq - 1, hash: first?.previous ?? NO_HASH };
}
