import fc from 'fast-check';
import { OutputBlocked } from '../../../../src/guardrails/output/output-blocked.ts';
import type { OutputGate } from '../../../../src/guardrails/output/output-gate.ts';
import type { PiiEntity, PiiType } from '../../../../src/guardrails/verdict.ts';

export const SEED = Number(process.env.SALLYPORT_FUZZ_SEED ?? 20_251_123);

export type Passed = {
  /** All that came out. */
  text: string;
  /** What had come out after each piece, and at the end. */
  prefixes: string[];
  blocked: string | undefined;
};

/** Sends the pieces through. */
export function runGate(gate: Pick<OutputGate, 'push' | 'end'>, pieces: readonly string[]): Passed {
  const prefixes: string[] = [];
  let text = '';
  const pass = (ready: string) => prefixes.push((text += ready));
  try {
    for (const piece of pieces) pass(gate.push(piece));
    pass(gate.end());
  } catch (error) {
    if (!(error instanceof OutputBlocked)) throw error;
    return { text, prefixes, blocked: error.message };
  }
  return { text, prefixes, blocked: undefined };
}

/** A text in two pieces, cut at each place in turn. */
export function inTwo(text: string): string[][] {
  return Array.from({ length: text.length + 1 }, (_, cut) => [text.slice(0, cut), text.slice(cut)]);
}

/** A text of some of these parts, and the pieces that it comes in. */
export function piecesOf(parts: readonly string[]): fc.Arbitrary<{ text: string; pieces: string[] }> {
  return fc
    .tuple(fc.array(fc.constantFrom(...parts), { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 30 }))
    .map(([chosen, places]) => {
      const text = chosen.join('');
      const cuts = places.map((place) => place % (text.length + 1)).sort((a, b) => a - b);
      const borders = [0, ...cuts, text.length];
      return { text, pieces: borders.slice(1).map((border, at) => text.slice(borders[at], border)) };
    });
}

/** Finds what patterns match, the first pattern first. */
export function patternScanner(patterns: Partial<Record<PiiType, RegExp>>) {
  return (text: string): { entities: PiiEntity[] } => {
    const entities: PiiEntity[] = [];
    for (const [type, pattern] of Object.entries(patterns) as [PiiType, RegExp][]) {
      for (const { 0: value, index: start } of text.matchAll(pattern)) {
        const end = start + value.length;
        if (entities.some((other) => start < other.end && other.start < end)) continue;
        entities.push({ type, value, start, end, score: 1 });
      }
    }
    return { entities: entities.sort((a, b) => a.start - b.start) };
  };
}
