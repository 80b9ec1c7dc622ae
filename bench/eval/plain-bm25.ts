import { idf, stems } from '../../src/index-store/terms.ts';
import type { EvalChunk, Ranker } from './passages.ts';

const K1 = 1.2;
const B = 0.75;

/** Textbook BM25 (k1 1.2, b 0.75) in memory over the same chunks, with the exact mean length: what the index is held against. */
export function plainBm25(chunks: readonly EvalChunk[]): Ranker {
  const postings = new Map<string, [chunk: number, count: number][]>();
  const lengths = chunks.map(({ text }, chunk) => {
    const found = stems(text, 'english');
    const counts = new Map<string, number>();
    for (const stem of found) counts.set(stem, (counts.get(stem) ?? 0) + 1);
    for (const [stem, count] of counts) {
      const list = postings.get(stem);
      if (list) list.push([chunk, count]);
      else postings.set(stem, [[chunk, count]]);
    }
    return found.length;
  });
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / chunks.length;
  return async (question) => {
    const scores = new Map<number, number>();
    for (const stem of new Set(stems(question, 'english'))) {
      const list = postings.get(stem) ?? [];
      const weight = idf(chunks.length, list.length);
      for (const [chunk, count] of list) {
        const saturated = (count * (K1 + 1)) / (count + K1 * (1 - B + (B * lengths[chunk]!) / meanLength));
        scores.set(chunk, (scores.get(chunk) ?? 0) + weight * saturated);
      }
    }
    return [...scores].sort(([, a], [, b]) => b - a).map(([chunk]) => chunks[chunk]!);
  };
}
