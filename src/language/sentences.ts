import type { Span } from './span.ts';

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** A full stop behind these ends no sentence, whatever follows. */
const ABBREVIATION =
  /(?:^|[\s(“"'])(?:\p{Lu}|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Gen|Maj|Col|Capt|Lt|Sgt|Rev|Hon|Sen|Rep|Gov|Fig|No|Nos|vol|vs|pp?|ed|eds|approx|ca|cf|e\.g|i\.e|lit|Inc|Ltd|Co|Corp)\s?\.\s*$/u;

/** A line break in mid-sentence: small letters follow, or a full line that ends in no punctuation goes on in words. */
const WRAP = /\n(?=[^\S\n]*\p{Ll})|(?<=[^\n]{50}[^\n.!?:;|]{2})\n(?=[^\S\n]*[\p{L}\p{N}(“"])/gu;

/** A line of cells is one statement, whatever full stops are in it. */
const TABLE_LINE = /^.*\S\s\|\s.*$/gm;

/**
 * Cuts text into sentences (UAX #29): spans without white space at either end, in order. Hard-wrapped prose stays whole;
 * a table's row is a sentence.
 */
export function sentences(text: string, offset = 0): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const { 0: line, index } of text.matchAll(TABLE_LINE)) {
    addProse(text, from, index, spans);
    addTrimmed(text, index, index + line.length, spans);
    from = index + line.length;
  }
  addProse(text, from, text.length, spans);
  return offset === 0 ? spans : spans.map(({ start, end }) => ({ start: start + offset, end: end + offset }));
}

function addProse(text: string, from: number, to: number, spans: Span[]): void {
  let start = from;
  let end = from;
  for (const { segment, index } of segmenter.segment(text.slice(from, to).replace(WRAP, ' '))) {
    end = from + index + segment.length;
    if (ABBREVIATION.test(segment.slice(-12))) continue;
    addTrimmed(text, start, end, spans);
    start = end;
  }
  addTrimmed(text, start, end, spans);
}

/** Adds the span without white space around it, unless nothing is left. */
function addTrimmed(text: string, start: number, end: number, spans: Span[]): void {
  const piece = text.slice(start, end);
  const body = piece.trim();
  if (body === '') return;
  const from = start + (piece.length - piece.trimStart().length);
  spans.push({ start: from, end: from + body.length });
}
