import type { Span } from '../../../src/language/span.ts';
import type { PiiEntity, PiiType } from '../../../src/guardrails/verdict.ts';
import type { PiiRow } from './pii-rows.ts';

/** A row, and what the detector found in it. */
export type JudgedRow = PiiRow & { entities: PiiEntity[] };

type Typed = Span & { type: PiiType };

/** Findings and marked spans; those are right that overlap one of the other kind with the same type. */
export type Score = { found: number; foundRight: number; marked: number; markedFound: number };

export function scoreRows(rows: readonly JudgedRow[], types: readonly PiiType[]): Score {
  const score: Score = { found: 0, foundRight: 0, marked: 0, markedFound: 0 };
  for (const { entities, spans } of rows) {
    const found = entities.filter(({ type }) => types.includes(type));
    const marked = spans.filter(({ type }) => types.includes(type));
    score.found += found.length;
    score.foundRight += found.filter((entity) => isAmong(entity, marked)).length;
    score.marked += marked.length;
    score.markedFound += marked.filter((span) => isAmong(span, found)).length;
  }
  return score;
}

/** Partial overlap with one of the same type is enough. */
export function isAmong(one: Typed, others: readonly Typed[]): boolean {
  return others.some(({ type, start, end }) => type === one.type && start < one.end && one.start < end);
}

export function precisionOf({ found, foundRight }: Score): number {
  return found === 0 ? 1 : foundRight / found;
}

export function recallOf({ marked, markedFound }: Score): number {
  return marked === 0 ? 1 : markedFound / marked;
}

/** The weighted harmonic mean; recall counts `beta` times as much as precision. */
export function fScore(score: Score, beta: number): number {
  const [precision, recall] = [precisionOf(score), recallOf(score)];
  const weighted = beta * beta * precision + recall;
  return weighted === 0 ? 0 : ((1 + beta * beta) * precision * recall) / weighted;
}
