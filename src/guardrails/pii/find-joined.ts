import type { PiiType } from '../verdict.ts';
import { findPatterned } from './find-entities.ts';
import { countDigits } from './recognisers/codes.ts';
import type { Candidate } from './recognisers/recogniser.ts';

/** What stands between two cells, or between two lines with what marks the second as a quotation. */
const BREAK = /(?:\||\r?\n)[ \t|>]{0,60}/g;
/** As far as a value may reach on either side. */
const REACH = 40;
/** What of a value may stand before a break, and behind one: of a number, an account or an address. Words around it are left out. */
const BEFORE = [/[\d+(][\d ().+-]*$/, /[A-Z\d][A-Z\d ]*$/i, /[\p{L}\p{N}._%+-]+@?[\p{L}\p{N}.-]*$/u];
const BEHIND = [/^[\d ().-]*\d/, /^[A-Z\d][A-Z\d ]*/i, /^[\p{L}\p{N}.-]*@?[\p{L}\p{N}.-]+/u];
/** Types whose form or check says by itself what a value is. */
const BY_FORM: readonly PiiType[] = ['CREDIT_CARD', 'BANK_ACCOUNT', 'SSN', 'PHONE', 'EMAIL'];
/** Neighbours are joined that were never one: what is found must be as good as certain. */
const LEAST_SCORE = 0.8;
const FEWEST_DIGITS = 7;
/** Groups that a space parts may be parted where it stood; an SSN in three groups would be made of any three cells. */
const SPACED: ReadonlySet<PiiType> = new Set(['CREDIT_CARD', 'BANK_ACCOUNT', 'PHONE']);
/** An e-mail address is whole without what follows, or ends in small letters behind a name, not in a version or at the end of a sentence. */
/** Cards in a row or in their groups: of longer numbers that stand beside each other every tenth has a right check digit. */
const CARD = /^(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})$/;
const WITH_DOMAIN = /@.*\.\p{L}{2}/u;
const DOMAIN_END = /\p{L}[^.]*\.\p{Ll}{2,24}$/u;

/**
 * Values that one break between cells or lines has split in two. Only by their form: names, and numbers that only words tell,
 * would be made of cells and lines that have nothing to do with each other. Linear, since breaks share no text.
 */
export function findJoined(text: string, types: ReadonlySet<PiiType>): Candidate[] {
  const wanted = new Set(BY_FORM.filter((type) => types.has(type)));
  if (wanted.size === 0) return [];
  const found: Candidate[] = [];
  const breaks = [...text.matchAll(BREAK)];
  for (const [place, { 0: gap, index }] of breaks.entries()) {
    const start = index + gap.length;
    const last = breaks[place - 1];
    const from = Math.max(index - REACH, last ? last.index + last[0].length : 0);
    const left = text.slice(from, index).trimEnd();
    const end = from + left.length;
    const right = text.slice(start, Math.min(start + REACH, breaks[place + 1]?.index ?? text.length));
    for (const [form, pattern] of BEFORE.entries()) {
      const before = pattern.exec(left)?.[0];
      const behind = before === undefined ? undefined : BEHIND[form]!.exec(right)?.[0];
      if (before === undefined || behind === undefined) continue;
      if (!(before + behind).includes('@') && countDigits(before + behind) < FEWEST_DIGITS) continue;
      found.push(
        ...straddling(before, behind, wanted).map((one) => ({
          ...one,
          start: end - before.length + one.start,
          end: start - before.length + one.end,
        })),
      );
    }
  }
  return found;
}

function straddling(before: string, behind: string, types: ReadonlySet<PiiType>): Candidate[] {
  const joined = joinedBy('', before, behind, types);
  if (joined.length > 0) return joined;
  return joinedBy(' ', before, behind, types)
    .filter(({ type }) => SPACED.has(type))
    .map((one) => ({ ...one, end: one.end - 1 }));
}

function joinedBy(gap: string, before: string, behind: string, types: ReadonlySet<PiiType>): Candidate[] {
  return [...findPatterned(before + gap + behind, types)].filter(
    ({ type, start, end, score }) =>
      score >= LEAST_SCORE &&
      start < before.length &&
      end > before.length + gap.length &&
      (type !== 'EMAIL' || isOneAddress(before, behind)) &&
      (type !== 'CREDIT_CARD' ||
        isOneCard(before.slice(start), behind.slice(0, end - before.length - gap.length))),
  );
}

function isOneAddress(before: string, behind: string): boolean {
  const isParted = before.includes('@') ? !WITH_DOMAIN.test(before) : behind.startsWith('@');
  return isParted && DOMAIN_END.test(before + behind);
}

function isOneCard(before: string, behind: string): boolean {
  return ['', ' ', '-'].some((gap) => CARD.test(before + gap + behind));
}
