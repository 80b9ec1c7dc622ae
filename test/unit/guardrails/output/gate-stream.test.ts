import { describe, expect, it } from '@jest/globals';
import { gateStream } from '../../../../src/guardrails/output/gate-stream.ts';
import { OutputBlocked } from '../../../../src/guardrails/output/output-blocked.ts';
import { createOutputGate } from '../../../../src/guardrails/output/output-gate.ts';

function source(pieces: string[]) {
  const seen = { given: 0, isOver: false };
  const stream = (async function* () {
    try {
      for (const piece of pieces) {
        seen.given++;
        yield piece;
      }
    } finally {
      seen.isOver = true;
    }
  })();
  return { seen, stream };
}

describe('a gated stream', () => {
  it('gives out what is ready as it comes, and never an empty piece', async () => {
    const gate = createOutputGate({ bannedPhrases: ['forbidden'] });
    const pieces = await Array.fromAsync(
      gateStream(source(['Good f', 'or', 'b', 'earance', ' f']).stream, gate),
    );
    expect(pieces).toEqual(['Good ', 'forbearance', ' ', 'f']);
  });

  it('stops its source at a block', async () => {
    const { seen, stream } = source(['Good. ', 'forbidden', ' more', ' and more']);
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const piece of gateStream(stream, createOutputGate({ bannedPhrases: ['forbidden'] })))
        pieces.push(piece);
    })();
    await expect(reading).rejects.toThrow(new OutputBlocked('phrase'));
    expect(pieces).toEqual(['Good. ']);
    expect(seen).toEqual({ given: 2, isOver: true });
  });
});
