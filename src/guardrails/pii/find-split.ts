import { guardText, type GuardedText } from '../text/guarded-text.ts';
import { withoutMarkup } from '../text/without-markup.ts';
import type { PiiType } from '../verdict.ts';
import { findEntities, firstBehind } from './find-entities.ts';
import { findJoined } from './find-joined.ts';
import type { KnownValues } from './known-values.ts';
import type { Candidate } from './recognisers/recogniser.ts';

/** As raised numbers are read with what they stand behind, they make it another number. */
const APART = /[|\n]/;
const INSIDE = /(?:(?<!\p{L})\p{Lu}\.|[\p{L}\p{N}]) {0,3}\ufffe {0,3}[\p{L}\p{N}]/u;
const RAISED = /[⁰¹²³⁴-⁹]/;

/**
 * Values whose parts are set apart by the way that a text is written: by Markdown or HTML, in cells and lines, or, of those
 * that are known, in any way. Places are those of the text as it was sent. What is written plainly is not looked for.
 */
export function findSplit(text: GuardedText, types: ReadonlySet<PiiType>, known: KnownValues): Candidate[] {
  const { original } = text;
  const free = withoutMarkup(original);
  const read = free ? guardText(free.text) : text;
  const asWritten = <Found extends Candidate>(found: Found) => {
    const place = read.toOriginal(found.start, found.end);
    const { start, end } = free ? free.toWritten(place.start, place.end) : place;
    const isMarked =
      free !== undefined && (end - start > place.end - place.start || RAISED.test(original[end] ?? ''));
    return { ...found, start, end, isMarked };
  };
  // Marks part words of lists as well, and lines and cells: of names only what has been set apart within is meant.
  const isOne = ({ type, start, end }: Candidate): boolean => {
    if (type !== 'PERSON' && type !== 'ADDRESS') return true;
    const place = read.toOriginal(start, end);
    if (APART.test(read.text.slice(start, end))) return false;
    const { marks, borders } = free!;
    if (borders[firstBehind(borders, place.start)]! < place.end) return false;
    for (let at = firstBehind(marks, place.start); marks[at]! < place.end; at++)
      if (!INSIDE.test(around(free!.text, marks[at]!))) return false;
    return true;
  };
  return [
    ...(free
      ? findEntities(read, types)
          .filter(isOne)
          .map(asWritten)
          .filter(({ isMarked }) => isMarked)
      : []),
    ...findJoined(read.text, types).map(asWritten),
    ...known
      .find(read.text)
      .map(asWritten)
      .filter(({ type, isPlain, isMarked }) => types.has(type) && (!isPlain || isMarked)),
  ];
}

function around(text: string, place: number): string {
  return `${text.slice(Math.max(0, place - 4), place)}\ufffe${text.slice(place, place + 4)}`;
}
