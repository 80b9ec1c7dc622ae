import { percentile } from '../table.ts';

export type Cost = { name: string; p50Ms: number; p99Ms: number };

/** A guardrail's work on one text. Parts run in turns on the same text, so that what they share is made by the first. */
export type Part<Text> = { name: string; run: (text: Text) => unknown };

const WARM_UP = 300;

/** What each part costs, and all of them in a row, over texts of which none comes twice. */
export function measureQuestions<Text>(
  texts: readonly string[],
  prepare: (text: string) => Text,
  parts: readonly Part<Text>[],
): Cost[] {
  const times = parts.map((): number[] => []);
  const totals: number[] = [];
  for (const [place, text] of texts.entries()) {
    const prepared = prepare(text);
    const marks = [performance.now()];
    for (const part of parts) {
      part.run(prepared);
      marks.push(performance.now());
    }
    if (place < WARM_UP) continue;
    for (const [at, list] of times.entries()) list.push(marks[at + 1]! - marks[at]!);
    totals.push(marks.at(-1)! - marks[0]!);
  }
  return [...parts.map(({ name }, at) => cost(name, times[at]!)), cost('all together', totals)];
}

function cost(name: string, times: readonly number[]): Cost {
  const sorted = times.toSorted((a, b) => a - b);
  return { name, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
}
