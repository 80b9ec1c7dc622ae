import { hash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import type { SigningKey } from './signing-key.ts';

/**
 * What a checkpoint signs: that the record `seq` of a tenant's chain has this hash. `end`: it was the last one then;
 * `retention`: it and all before it were removed by policy. `previous` is the SHA-256 of the statement before, `list` the
 * number of the list of all chains that was signed with it.
 */
const statementSchema = z.strictObject({
  kind: z.enum(['end', 'retention']),
  tenant: z.string(),
  number: z.number().int().positive(),
  seq: z.number().int().positive(),
  hash: z.hex().length(64),
  time: z.iso.datetime(),
  previous: z.hex().length(64).nullable(),
  list: z.number().int().positive().optional(),
  key_id: z.string(),
});
export type Statement = z.infer<typeof statementSchema>;

/** A statement, as the canonical JSON that was signed, and its Ed25519 signature. */
export type Checkpoint = { statement: string; signature: Buffer };

/** @throws Error for what is no statement */
export function readStatement(text: string): Statement {
  return statementSchema.parse(JSON.parse(text));
}

export function statementHash(text: string): string {
  return hash('sha256', text, 'hex');
}

/** A checkpoint in its place among those of its chain. */
export type NumberedCheckpoint = Checkpoint & { number: number };

/** The next checkpoint of a chain, after `previous`. */
export function signCheckpoint(
  key: SigningKey,
  {
    kind,
    tenant,
    seq,
    list,
    hash: end,
  }: Pick<Statement, 'kind' | 'tenant' | 'seq' | 'list'> & { hash: Buffer },
  previous: Pick<NumberedCheckpoint, 'number' | 'statement'> | undefined,
): NumberedCheckpoint {
  const number = (previous?.number ?? 0) + 1;
  const statement = canonicalJson({
    kind,
    tenant,
    number,
    seq,
    hash: end.toString('hex'),
    time: new Date().toISOString(),
    previous: previous === undefined ? null : statementHash(previous.statement),
    list,
    key_id: key.keyId,
  } satisfies Statement);
  return { number, statement, signature: key.sign(statement) };
}
