import type { Span } from '../../../language/span.ts';

/** Digits with what stands between them: `+44 (20) 7946-0958`. `groups` are the spans of digits, in order. */
export type NumberRun = Span & { digits: string; groups: readonly Span[] };

/** Groups that no space parts. */
type Token = { groups: Span[]; digits: number; isDate: boolean; opening: string };

const DIGITS = /\d+/g;
/** What may stand between two groups of one number: at most three of these. */
const BETWEEN = /^[ \-./()]{1,3}$/;
const LONGEST_GAP = 3;
const DATE = /^(?:\d{1,2}([/.-])\d{1,2}\1(?:\d{2}|\d{4})|\d{4}([/.-])\d{1,2}\2\d{1,2})$/;
const LONGEST_DATE = 10;
/** Enough digits for a number that is whole, with its area, or for one of a place. */
const WHOLE = 9;
const LOCAL = 7;

/** Every run of digits of a text. Where numbers follow each other, each is a run, as far as their forms tell. */
export function findNumberRuns(text: string): NumberRun[] {
  const runs: NumberRun[] = [];
  let groups: Span[] = [];
  let last: Token | undefined;
  for (const token of tokensOf(text)) {
    const first = token.groups[0]!;
    const end = last?.groups.at(-1)!.end ?? 0;
    const gap = first.start - end;
    const goesOn = last && gap <= LONGEST_GAP && BETWEEN.test(text.slice(end, first.start));
    if (last && !(goesOn && areOne(last, token, text))) {
      runs.push(runOf(text, groups));
      groups = [];
    }
    for (const group of token.groups) groups.push(group);
    last = token;
  }
  if (groups.length > 0) runs.push(runOf(text, groups));
  return runs;
}

function* tokensOf(text: string): Iterable<Token> {
  let groups: Span[] = [];
  for (const { 0: digits, index } of text.matchAll(DIGITS)) {
    const last = groups.at(-1);
    const gap = last ? text.slice(last.end, Math.min(index, last.end + LONGEST_GAP + 1)) : '';
    if (last && (gap.includes(' ') || !BETWEEN.test(gap))) {
      yield tokenOf(text, groups);
      groups = [];
    }
    groups.push({ start: index, end: index + digits.length });
  }
  if (groups.length > 0) yield tokenOf(text, groups);
}

function tokenOf(text: string, groups: Span[]): Token {
  const { start } = groups[0]!;
  const { end } = groups.at(-1)!;
  return {
    groups,
    digits: groups.reduce((sum, group) => sum + group.end - group.start, 0),
    isDate: end - start <= LONGEST_DATE && DATE.test(text.slice(start, end)),
    opening: text.slice(Math.max(0, start - 2), start + 2),
  };
}

/** Whether two tokens with a space between them may be of one number: no whole number, postcode or date stands beside another. */
function areOne(one: Token, next: Token, text: string): boolean {
  if (one.isDate || next.isDate || /\+\(?\d/.test(next.opening) || one.digits > WHOLE + 2) return false;
  const isPrefix = one.digits <= 3 || /[+(]\d|^.{0,2}00/.test(one.opening);
  if (isPrefix) return true;
  const isPostcode = one.groups.length === 1 && one.digits > 3 && text[one.groups[0]!.start] !== '0';
  if (/\(\d/.test(next.opening) || (isPostcode && next.digits >= LOCAL)) return false;
  return one.digits < WHOLE && next.digits < WHOLE && (one.digits < LOCAL || next.digits < LOCAL);
}

/** The run of some neighbouring groups, with the plus and the bracket that belong to the first. */
function runOf(text: string, groups: readonly Span[]): NumberRun {
  let { start } = groups[0]!;
  const { end } = groups.at(-1)!;
  if (text[start - 1] === '(' && text.slice(start, end).includes(')')) start--;
  if (text[start - 1] === '+') start--;
  return { start, end, groups, digits: groups.map((group) => text.slice(group.start, group.end)).join('') };
}

/** Neighbouring groups of a run that have these lengths, with one and the same mark between them and another around. */
export function* partsOf(text: string, run: NumberRun, lengths: readonly number[]): Iterable<NumberRun> {
  const { groups } = run;
  const count = lengths.length;
  for (let first = 0; first + count <= groups.length; first++) {
    const part = groups.slice(first, first + count);
    if (!part.every(({ start, end }, place) => end - start === lengths[place])) continue;
    const marks = part.slice(1).map(({ start }, place) => text.slice(part[place]!.end, start));
    if (!marks.every((mark) => mark.length === 1 && mark === marks[0])) continue;
    const isApart = (group: Span | undefined, mark: string) => group === undefined || mark.includes(' ');
    const before = groups[first - 1];
    const behind = groups[first + count];
    const { start } = part[0]!;
    const { end } = part.at(-1)!;
    if (!isApart(before, text.slice(before?.end, start)) || !isApart(behind, text.slice(end, behind?.start)))
      continue;
    yield {
      start,
      end,
      groups: part,
      digits: part.map((group) => text.slice(group.start, group.end)).join(''),
    };
  }
}
