import type { Reference } from './dataset.ts';

/** nDCG at `depth` with binary relevance (Järvelin & Kekäläinen 2002): 1 where the relevant ones come first. */
export function ndcg(ranking: readonly string[], relevant: ReadonlySet<string>, depth: number): number {
  const gain = (place: number) => 1 / Math.log2(place + 2);
  let found = 0;
  let best = 0;
  ranking.slice(0, depth).forEach((id, place) => (found += relevant.has(id) ? gain(place) : 0));
  for (let place = 0; place < Math.min(depth, relevant.size); place += 1) best += gain(place);
  return best === 0 ? 0 : found / best;
}

/** The share of the relevant documents among the first `depth`. */
export function recall(ranking: readonly string[], relevant: ReadonlySet<string>, depth: number): number {
  return ranking.slice(0, depth).filter((id) => relevant.has(id)).length / relevant.size;
}

/** The share of the reference text, in characters, that these spans cover. */
export function coveredShare(references: readonly Reference[], spans: readonly Reference[]): number {
  let total = 0;
  let covered = 0;
  for (const reference of references) {
    total += reference.end - reference.start;
    let reached = reference.start;
    const overlapping = spans
      .filter((span) => span.doc_id === reference.doc_id)
      .sort((a, b) => a.start - b.start);
    for (const span of overlapping) {
      const from = Math.max(reached, span.start);
      const to = Math.min(reference.end, span.end);
      if (to > from) {
        covered += to - from;
        reached = to;
      }
    }
  }
  return total === 0 ? 0 : covered / total;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
