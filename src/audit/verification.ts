import type { ChainVerifier, Fault } from './verify-chain.ts';

/** `firstBad` is that of the first chain that has one. Of what nobody signed it cannot be said that it is whole: `ok` is false. */
export type Verification = {
  ok: boolean;
  signed: boolean;
  /** Why it is not. */
  unsigned: string[];
  records: number;
  chains: number;
  /** Records that are newer than the last checkpoint of their chain. */
  afterCheckpoint: number;
  faults: Fault[];
  firstBad?: Fault;
};

export type VerifiedChain = { verifier: ChainVerifier; fault: Fault | undefined };

/** What all chains come to; `unsigned`: why what they are held to is not signed. */
export function summarise(chains: readonly VerifiedChain[], unsigned: string[]): Verification {
  const faults = chains.flatMap(({ verifier, fault }) => earlier(verifier.end(), fault) ?? []);
  const sum = (of: (verifier: ChainVerifier) => number) =>
    chains.reduce((total, { verifier }) => total + of(verifier), 0);
  const [firstBad] = faults;
  const signed = unsigned.length === 0;
  return {
    ok: signed && !firstBad,
    signed,
    unsigned,
    records: sum(({ records }) => records),
    chains: chains.length,
    afterCheckpoint: sum(({ afterCheckpoint }) => afterCheckpoint),
    faults,
    ...(firstBad ? { firstBad } : {}),
  };
}

/** As it is told. */
export function verificationBody({ afterCheckpoint, firstBad, ...rest }: Verification) {
  const { ok, signed, records, chains, faults } = rest;
  return {
    ...{ ok, signed, records, chains, after_checkpoint: afterCheckpoint, faults },
    ...(firstBad ? { first_bad: firstBad } : {}),
  };
}

function earlier(ofRecords: Fault | undefined, ofCheckpoints: Fault | undefined): Fault | undefined {
  if (!ofRecords || !ofCheckpoints) return ofRecords ?? ofCheckpoints;
  return ofRecords.seq <= ofCheckpoints.seq ? ofRecords : ofCheckpoints;
}
