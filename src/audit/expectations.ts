import type { KeyObject } from 'node:crypto';
import { AppError } from '../errors/app-error.ts';
import { soundStatements, type SaidOfChain, type ShippedCheckpoint } from './sound-checkpoints.ts';
import { readCheckpointLine } from './checkpoint-line.ts';
import { readStatement, type Checkpoint, type Statement } from './checkpoint.ts';
import { readSealLine } from './export-seal.ts';
import type { SignedPoint } from './verify-chain.ts';

/** What must be there of one chain, `before` a time where an export of that time is checked. */
type Expected = { time: string } & ({ checkpoint: ShippedCheckpoint } | { point: SignedPoint });

/** What must still be there, chain by chain. */
export type Expectations = {
  tenants: readonly string[];
  of(tenant: string, before?: string): Pick<SaidOfChain, 'shipped' | 'promised'>;
};

export const NOTHING_EXPECTED: Expectations = { tenants: [], of: () => ({}) };

/**
 * Reads what an earlier export or a log promises: its checkpoints, and what an export's header and trailer say of its chains.
 * Other lines are passed over.
 *
 * @throws AppError `invalid_request` where it promises nothing, or something that none of these keys signed
 */
export async function readExpectations(
  lines: AsyncIterable<string> | Iterable<string>,
  keys: readonly KeyObject[],
): Promise<Expectations> {
  const chains = new Map<string, Expected[]>();
  let nth = 0;
  for await (const line of lines) {
    nth += 1;
    if (!line.includes('"signature"')) continue;
    for (const { tenant, ...one } of expectedBy(line, nth, keys)) {
      const chain = chains.get(tenant) ?? [];
      chain.push(one);
      chains.set(tenant, chain);
    }
  }
  if (chains.size === 0) throw refused('it holds no checkpoint, and no export with records.');
  return {
    tenants: [...chains.keys()],
    of: (tenant, before) => {
      const all = (chains.get(tenant) ?? []).filter(({ time }) => before === undefined || time <= before);
      return {
        shipped: all.flatMap((one) => ('checkpoint' in one ? [one.checkpoint] : [])),
        promised: all.flatMap((one) => ('point' in one ? [one.point] : [])),
      };
    },
  };
}

function expectedBy(
  line: string,
  nth: number,
  keys: readonly KeyObject[],
): (Expected & { tenant: string })[] {
  const seal = readSealLine(line, keys);
  const checkpoint = seal ? undefined : readCheckpointLine(line);
  const said = checkpoint && soundStatement(checkpoint, keys);
  if (seal?.isSound === false || (checkpoint && !said))
    throw refused(`line ${nth} is not signed by a key that is known here.`);
  if (checkpoint && said)
    return [{ tenant: said.tenant, time: said.time, checkpoint: { ...said, ...checkpoint } }];
  const { chains = [], time = '' } = seal?.statement ?? {};
  return chains.flatMap(({ tenant, first, last }) =>
    [first, last].flatMap((place) =>
      place ? [{ tenant, time, point: { kind: 'promise' as const, ...place } }] : [],
    ),
  );
}

function soundStatement(checkpoint: Checkpoint, keys: readonly KeyObject[]): Statement | undefined {
  try {
    return soundStatements(readStatement(checkpoint.statement).tenant, keys)(checkpoint);
  } catch {
    return undefined;
  }
}

function refused(why: string): AppError {
  return new AppError('invalid_request', `--expect-from: ${why}`);
}
