import type { Span } from '../../language/span.ts';

/** Leads from places in a changed text back to the text that it was. */
export type OffsetMap = {
  /** Says that `start` to `end` of the changed text stand for `originalStart` to `originalEnd`; in order, and between them nothing moves. */
  add(start: number, end: number, originalStart: number, originalEnd: number): void;
  /** Where `start` to `end` stand in the original: all of what each character stands for. */
  toOriginal: (start: number, end: number) => Span;
};

export function createOffsetMap(): OffsetMap {
  const starts: number[] = [];
  const ends: number[] = [];
  const originals: Span[] = [];

  const at = (place: number): { inside: Span | undefined; moved: number } => {
    let low = 0;
    for (let high = starts.length; low < high;) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= place) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return { inside: undefined, moved: place };
    const original = originals[low - 1]!;
    const beyond = place - ends[low - 1]!;
    return { inside: beyond < 0 ? original : undefined, moved: original.end + beyond };
  };

  return {
    add: (start, end, originalStart, originalEnd) => {
      starts.push(start);
      ends.push(end);
      originals.push({ start: originalStart, end: originalEnd });
    },
    toOriginal: (start, end) => {
      const first = at(start);
      const from = first.inside?.start ?? first.moved;
      if (end <= start) return { start: from, end: from };
      const last = at(end - 1);
      return { start: from, end: last.inside?.end ?? last.moved + 1 };
    },
  };
}
