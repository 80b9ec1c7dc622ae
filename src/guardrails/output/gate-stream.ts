import type { OutputGate } from './output-gate.ts';

/**
 * An answer as it may be read, while it is written. Leaving it early, or a block, ends the source as well.
 *
 * @throws OutputBlocked and what the source throws
 */
export async function* gateStream(
  source: AsyncIterable<string>,
  gate: OutputGate,
): AsyncGenerator<string, void> {
  for await (const piece of source) {
    const ready = gate.push(piece);
    if (ready !== '') yield ready;
  }
  const rest = gate.end();
  if (rest !== '') yield rest;
}
