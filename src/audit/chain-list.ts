import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Transaction } from '../db/database.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Checkpoint } from './checkpoint.ts';
import { isSignedByOneOf, type SigningKey } from './signing-key.ts';

const endSchema = z.strictObject({
  tenant: z.string(),
  /** Of the checkpoint that signed it. */
  number: z.number().int().positive(),
  seq: z.number().int().positive(),
  hash: z.hex().length(64),
});
/** The end that was last signed of a chain. */
export type ChainEnd = z.infer<typeof endSchema>;

const listSchema = z.strictObject({
  kind: z.literal('list'),
  number: z.number().int().positive(),
  chains: z.array(endSchema),
  time: z.iso.datetime(),
  key_id: z.string(),
});

/** All chains by their tenants, as they were when the list of this number was signed. */
export type ChainList = { number: number; ends: ReadonlyMap<string, ChainEnd> };

export function signChainList(key: SigningKey, { number, ends }: ChainList): Checkpoint {
  const statement = canonicalJson({
    kind: 'list',
    number,
    chains: [...ends.values()],
    time: new Date().toISOString(),
    key_id: key.keyId,
  } satisfies z.infer<typeof listSchema>);
  return { statement, signature: key.sign(statement) };
}

/** The list that is kept; `unsound` where none of these keys signed it. */
export async function readChainList(
  tx: Transaction,
  keys: readonly KeyObject[],
): Promise<ChainList | 'unsound' | undefined> {
  const [row] = await tx.query<Checkpoint>('select statement, signature from audit_chain_list');
  return row && (soundChainList(row, keys) ?? 'unsound');
}

export function soundChainList(
  { statement, signature }: Checkpoint,
  keys: readonly KeyObject[],
): ChainList | undefined {
  try {
    const { number, chains, key_id } = listSchema.parse(JSON.parse(statement));
    if (!isSignedByOneOf(keys, key_id, statement, signature)) return undefined;
    return { number, ends: new Map(chains.map((end) => [end.tenant, end])) };
  } catch {
    return undefined;
  }
}

/** The caller holds `lock_audit_checkpoints`, as the tables' owner. */
export async function storeChainList(tx: Transaction, { statement, signature }: Checkpoint): Promise<void> {
  await tx.query(
    `insert into audit_chain_list (statement, signature) values ($1, $2)
       on conflict (id) do update set statement = excluded.statement, signature = excluded.signature`,
    [statement, signature],
  );
}
