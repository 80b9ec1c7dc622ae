import type { Span } from '../../language/span.ts';
import { CITATION_MARK } from '../../llms/answer-model.ts';
import { placeholderName } from '../pii/placeholders.ts';
import { PII_TYPES } from '../verdict.ts';
import { createOffsetMap } from './offset-map.ts';
import { characterOf, REFERENCE } from './parse-reference.ts';

/** A text as somebody reads it once it is rendered, and the way back to the text as it was written. */
export type MarkupFree = {
  text: string;
  /** Where `text` from `start` to `end` stands as it was written. */
  toWritten: (start: number, end: number) => Span;
  /** The places of `text` where something was taken out, in order, and those of them where a link or its label begins: it is a thing of its own. */
  marks: number[];
  borders: number[];
};

const NEXT = /[*_`~<&[\]\\【⁰¹²³⁴-⁹]/g;
const EMPHASIS = /[*_`~]+/y;
const SUPERSCRIPT = /[⁰¹²³⁴-⁹]+/y;
const ESCAPE = /\\(?=[!-/:-@[-`{-~\n])/y;
const TAG = /<(?:!--[^]{0,200}?--|\/?(?<name>[a-z][a-z0-9-]{0,20})(?:\s[^<>]{0,200})?\/?)>/iy;
/** One that stands behind a space and before a letter or digit has been put between the two. */
const SPACED_CITATION = new RegExp(
  `(?<=\\S )${CITATION_MARK.source}(?=[\\p{L}\\p{N}@]|[.-][\\p{L}\\p{N}])`,
  'uy',
);
/** A number in a link's text is a part of what is read. */
const CITATION = new RegExp(`${CITATION_MARK.source}(?!\\()`, 'y');
const LINK = /\[(?=[^[\]\n]{1,200}\][[(])/y;
/** `](address "title")`: what a link is closed with. */
const LINK_END = /\]\([^()\s]{0,300}(?:\s{1,3}["'][^"'\n]{0,100}["'])?\)/y;
/** `][`: what parts a link's text from its label. */
const LABEL = /\]\[/y;
/** What stands for a value that was taken out is a word, not a link. */
const PLACEHOLDER = new RegExp(`\\[(?:${PII_TYPES.map(placeholderName).join('|')})(?:_\\d{1,6})?\\]`, 'y');
/** What begins one of these and may yet end: of a tag, a reference, a citation, the end of a link, a run of emphasis. */
const UNFINISHED =
  /(?:<(?:\/?[a-z][^<>]{0,222}|!(?:-(?:-[^]{0,202}?)?)?|\/)?|&[#a-z0-9]{0,32}|[[【][\d\s,;^–-]{0,400}(?:†[^\]】]{0,100})?|\](?:\([^()]{0,404})?|[*_`~\\]+)$/i;
const LONGEST_UNFINISHED = 510;

/** Tags that set what is in them apart from what stands around: a reader sees a line, or a cell. */
const LINES = /^(?:br|hr|p|div|tr|table|[uo]l|li|d[ltd]|h[1-6]|blockquote|pre|section|article)$/i;
const CELLS = /^t[dh]$/i;
const SPACE = /\s/;
const EDGE = /[\s.,;:!?()]/;
const NEIGHBOURHOOD = 24;
const SENTENCE_ENDS = /^(?:[*_`~\s)]|\[\d{1,3}\]){0,6}[.!?]\s/;
const SENTENCE_ENDED = /\p{Ll}{2}[.!?]$/u;
/** Of an address that is spelled out `at` and `dot` are parts. */
const SMALL_BEFORE = /(?:^|[\s(*_`~])(?!(?:at|dot)\b)\p{Ll}+[,;:.!?)]?[*_`~\s]{0,4}$/u;
const COMMA_BEFORE = /[,;:]\s{1,3}$/;
const COMMA_BEHIND = /^[*_`~]{0,3}[,;:]\s/;
const SMALL_BEHIND = /^[*_`~\s(,;:]{0,4}(?!(?:at|dot)\b)\p{Ll}+[\s.,;:!?*_`~)]/u;
const WORD = /[\p{L}\p{N}]/u;

/**
 * Takes Markdown's and HTML's marks out of a text and puts characters for their references: emphasis, code, tags, links,
 * escapes, citation marks, raised numbers. Cells and lines stay apart. What a mark is depends on no more than what stands close to it
 * (two marks need not be a pair), so a part of a text reads as it does in the whole. Linear; undefined where no mark may stand inside of a
 * value, as in most texts none does.
 */
export function withoutMarkup(written: string): MarkupFree | undefined {
  const offsets = createOffsetMap();
  const marks: number[] = [];
  const borders: number[] = [];
  let text = '';
  let kept = 0;
  let splits = false;
  NEXT.lastIndex = 0;
  for (let found = NEXT.exec(written); found; found = NEXT.exec(written)) {
    const { start = found.index, end, standsFor, skip = 0, isBorder } = markAt(written, found.index);
    NEXT.lastIndex = Math.max(end + skip, found.index + 1);
    if (standsFor === undefined) continue;
    splits ||= standsFor !== '' || mayStandInside(written, start, end);
    text += written.slice(kept, start) + standsFor;
    offsets.add(text.length - standsFor.length, text.length, start, end);
    marks.push(text.length);
    if (isBorder) borders.push(text.length);
    kept = end;
  }
  if (!splits) return undefined;
  return { text: text + written.slice(kept), toWritten: offsets.toOriginal, marks, borders };
}

/** Whether a mark may split what is one value: it does not where a sentence ends, nor between two small words. */
function mayStandInside(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - NEIGHBOURHOOD), start);
  const behind = text.slice(end, end + NEIGHBOURHOOD);
  if (SENTENCE_ENDS.test(behind) || (SENTENCE_ENDED.test(before) && SPACE.test(behind[0] ?? '')))
    return false;
  const isAtEdge = before === '' || EDGE.test(before.at(-1)!) || EDGE.test(behind[0] ?? '');
  const isBetween = SMALL_BEFORE.test(before) || COMMA_BEFORE.test(before) || COMMA_BEHIND.test(behind);
  return !(isAtEdge && isBetween && SMALL_BEHIND.test(behind));
}

/** The first place of a mark that more text may complete; the text's length where there is none. */
export function unfinishedMarkup(written: string): number {
  const from = Math.max(0, written.length - LONGEST_UNFINISHED);
  const found = UNFINISHED.exec(written.slice(from));
  return found ? from + found.index : written.length;
}

/** Where a mark ends, and what it stands for: nothing of it is read where that is empty, all of it where it is undefined. */
type Mark = { start?: number; end: number; standsFor: string | undefined; skip?: number; isBorder?: boolean };

function markAt(text: string, at: number): Mark {
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const gone = (pattern: RegExp): Mark | undefined =>
    match(pattern) ? { end: pattern.lastIndex, standsFor: '' } : undefined;
  const plain: Mark = { end: at + 1, standsFor: undefined };
  switch (text[at]) {
    case '\\':
      return match(ESCAPE) ? { end: at + 1, standsFor: '', skip: 1 } : plain;
    case '<': {
      const tag = match(TAG);
      if (!tag) return plain;
      const name = tag.groups!.name ?? '';
      return { end: TAG.lastIndex, standsFor: LINES.test(name) ? '\n' : CELLS.test(name) ? '|' : '' };
    }
    case '&': {
      const reference = match(REFERENCE);
      return reference ? { end: REFERENCE.lastIndex, standsFor: characterOf(reference) } : plain;
    }
    case '[':
      if (match(PLACEHOLDER)) return { end: PLACEHOLDER.lastIndex, standsFor: undefined };
      if (match(SPACED_CITATION)) return { start: at - 1, end: SPACED_CITATION.lastIndex, standsFor: '' };
      if (match(LINK)) return { end: at + 1, standsFor: '', isBorder: SPACE.test(text[at - 1] ?? ' ') };
      return gone(CITATION) ?? plain;
    case '【':
      return gone(CITATION) ?? plain;
    case ']':
      if (match(LABEL)) return { end: at + 2, standsFor: ' ', isBorder: true };
      return gone(LINK_END) ?? plain;
    case '*':
    case '_':
    case '`':
    case '~': {
      match(EMPHASIS);
      const end = EMPHASIS.lastIndex;
      const before = text[at - 1] ?? ' ';
      const behind = text[end] ?? ' ';
      const isApart = SPACE.test(before) && SPACE.test(behind);
      const isName = /^_+$/.test(text.slice(at, end)) && WORD.test(before) && WORD.test(behind);
      return { end, standsFor: isApart || isName ? undefined : '' };
    }
    default:
      return gone(SUPERSCRIPT) ?? plain;
  }
}
