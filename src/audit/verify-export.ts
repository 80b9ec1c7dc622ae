import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { checkpointOf } from './checkpoint-line.ts';
import { readStatement, type Checkpoint } from './checkpoint.ts';
import { checkCheckpoints } from './sound-checkpoints.ts';
import type { StoredEvent } from './stored-event.ts';
import { summarise, type Verification } from './verify-audit.ts';
import { createChainVerifier, type ChainVerifier, type Fault } from './verify-chain.ts';

const hex = z.hex().length(64);
const recordSchema = z.object({
  tenant: z.string(),
  seq: z.number().int().positive(),
  previous: hex,
  hash: hex,
  event: z.record(z.string(), z.unknown()),
});
const headerSchema = z.object({
  export: z.object({ since: z.string().nullable(), until: z.string().nullable() }),
});

/** `isWhole`: of all that there was, so that each chain must begin with its beginning. */
type Header = { isWhole: boolean };
type Chain = { signed: Checkpoint[]; checked?: { verifier: ChainVerifier; fault: Fault | undefined } };

/**
 * Checks an export without any database: the same as `verifyAudit`, for as far as the export goes. A chain of an export of a
 * time range is checked from where it begins.
 *
 * @throws Error for a line that is none of an export
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  publicKeys: readonly KeyObject[],
): Promise<Verification> {
  const chains = new Map<string, Chain>();
  let isWhole = false;
  const chainOf = (tenant: string): Chain => {
    const chain = chains.get(tenant) ?? { signed: [] };
    chains.set(tenant, chain);
    return chain;
  };
  const check = (tenant: string, chain: Chain, first?: StoredEvent) => {
    const { statements, fault } = checkCheckpoints(tenant, { kept: chain.signed }, publicKeys);
    const begins =
      isWhole || !first || first.seq === 1 ? undefined : { seq: first.seq - 1, hash: first.previous };
    return (chain.checked ??= { verifier: createChainVerifier(tenant, statements, begins), fault });
  };
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const said = readLine(line);
    if ('isWhole' in said) isWhole = said.isWhole;
    else if ('statement' in said) chainOf(readStatement(said.statement).tenant).signed.push(said);
    else {
      const chain = chainOf(said.tenant);
      (chain.checked ?? check(said.tenant, chain, said)).verifier.push(said);
    }
  }
  return summarise([...chains].map(([tenant, chain]) => chain.checked ?? check(tenant, chain)));
}

/** A record as `recordLine` writes it. Its event is taken as the text that it is: that was hashed, whatever a parser makes of it. */
const RECORD =
  /^\{"tenant":("(?:[^"\\]|\\.)*"),"seq":([1-9]\d{0,14}),"previous":"([0-9a-f]{64})","hash":"([0-9a-f]{64})","event":(\{.*\})\}$/;

function readLine(line: string): Checkpoint | StoredEvent | Header {
  const [, name, seq, before, own, text] = RECORD.exec(line) ?? [];
  if (text !== undefined)
    return {
      tenant: JSON.parse(name!) as string,
      seq: Number(seq),
      previous: Buffer.from(before!, 'hex'),
      hash: Buffer.from(own!, 'hex'),
      event: text,
    };
  const value = z.looseObject({}).parse(JSON.parse(line));
  if ('export' in value) {
    const { since, until } = headerSchema.parse(value).export;
    return { isWhole: since === null && until === null };
  }
  if ('checkpoint' in value) return checkpointOf(value);
  // Only a line that is all there as it was written is verified: what stands in another one may be read in two ways.
  const { tenant, seq: place, previous, hash } = recordSchema.parse(value);
  return {
    tenant,
    seq: place,
    previous: Buffer.from(previous, 'hex'),
    hash: Buffer.from(hash, 'hex'),
    event: line,
  };
}
