import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { NumberRun } from './number-runs.ts';
import { saysBefore, standsAlone, type Recogniser, type ScanInput } from './recogniser.ts';

const FEWEST_DIGITS = 7;
/** E.164. */
const MOST_DIGITS = 15;
/** What is said of telephones alone, and what is said of them among other things. */
const PHONE =
  /\b(?:(?:tele)?phones?|tel|telefon\w*|mobile|cell(?:phone)?|fax|sms|whatsapp|voice ?mail|hotline|landline|extension|handynummer|móvil|cellulare)\b|\b(?:call|ring|text|reach|dial)(?:ed|ing)? (?:me|us|him|her|them)\b/i;
const CONTACT =
  /\b(?:call(?:s|ed|ing)?|ring|dial(?:led|ling)?|text(?:s|ed|ing)?|messag\w*|signal|answer(?:s|ing)?|reach|contact|numbers?|registered|handy|portable)\b/i;
const BEHIND =
  /^[-,; (]{0,3}(?:(?:is|was) (?:my|the|our) )?(?:office|fax|mobile|cell|home|work|phone|tel)\b/i;
const EXTENSION = /^,?\s?(?:ext\.?|extension|x)\s?\d{1,6}\b/i;
/** A number of something else: dates, times in milliseconds, parts of an address of the web, versions, amounts. */
const DATE = /^(?:\d{1,2}([/.-])\d{1,2}\1(?:\d{2}|\d{4})|\d{4}([/.-])\d{1,2}\2\d{1,2})(?![\d/.-])/;
const TIMESTAMP = /^1[4-9]\d{8}(?:\d{3})?$/;
const OTHER =
  /[$€£¥%#=/_`~]\s?$|\b(?:v(?:ersion)?|ids?|no\.|port|order|invoice|ticket|isbn|issn|doi|ssn|nhs\w*|accounts?(?: number)?(?: is)?|iban|card|licen[cs]e|passport)\W{0,2}$/i;
const AMERICAN = /^(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]?[2-9]\d{2}[ .-]\d{4}$/;
/** With the zero that most countries dial before an area, and nobody writes before a quantity. */
const NATIONAL = /^0[1-9]\d{7,10}$/;
const BRACKETED = /^\(\d{2,5}\) ?\d/;
const SEVERAL_GROUPS = 2;

/** Telephone numbers of any country: international ones, national ones as they are written, and any number where the words say so. */
export const recognisePhone: Recogniser = function* (input) {
  const { text } = input;
  for (const run of input.runs) {
    const { digits, start, end } = run;
    if (digits.length < FEWEST_DIGITS || digits.length > MOST_DIGITS || !standsAlone(text, run)) continue;
    const score = likelihood(input, run, text.slice(start, end));
    if (score === 0) continue;
    const extension = EXTENSION.exec(text.slice(end, end + 20))?.[0] ?? '';
    yield { type: 'PHONE', start, end: end + extension.length, score };
  }
};

function likelihood(input: ScanInput, { start, end, groups, digits }: NumberRun, written: string): number {
  if (DATE.test(written)) return 0;
  if (/^(?:\+|00[1-9])/.test(written)) {
    const number = parsePhoneNumberFromString(written.replace(/^00/, '+').replace('(0)', ''));
    if (number?.isValid()) return 0.95;
    if (number?.isPossible() && written.startsWith('+')) return 0.85;
  }
  if (OTHER.test(input.text.slice(Math.max(0, start - 20), start))) return 0;
  if (saysBefore(input, start, PHONE) || BEHIND.test(input.text.slice(end, end + 16))) return 0.85;
  if (AMERICAN.test(written)) return 0.8;
  const isParted = groups.length >= SEVERAL_GROUPS;
  if (saysBefore(input, start, CONTACT) && !TIMESTAMP.test(written)) return isParted ? 0.75 : 0.6;
  if (!isParted) return 0;
  if (NATIONAL.test(digits) && groups[0]!.end - groups[0]!.start > 1) return 0.75;
  return BRACKETED.test(written) ? 0.6 : 0;
}
