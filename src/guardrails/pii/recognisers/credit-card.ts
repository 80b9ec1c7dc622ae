import { isLuhn } from './checksums.ts';
import { partsOf, type NumberRun } from './number-runs.ts';
import { saysBefore, standsAlone, type Candidate, type Recogniser } from './recogniser.ts';

/** What issuers' numbers begin with, and how long they are (ISO/IEC 7812). */
const ISSUED =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d{2}|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11,16}|35\d{14}|(?:1800|2131)\d{11}|6(?:011|5\d{2}|4[4-9]\d|2\d{2})\d{12,15})$/;
/** Maestro's range is wide: there it is the usual length that tells. */
const MAESTRO = /^(?:50|5[6-9]|6[0-9])\d{14}$/;
const CARD =
  /\b(?:cards?|cc|credit|debit|visa|master ?card|amex|american express|discover|maestro|kreditkarte|tarjeta|carte)\b/i;
/** As they stand on cards; behind one may stand the date and the code. */
const FORMS = [
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
  [4, 4, 4, 4, 3],
];
const FEWEST_DIGITS = 12;
const MOST_DIGITS = 19;

/** Payment cards: issued ranges with a right check digit; where the words say card, any number that has one of the two. */
export const recogniseCreditCard: Recogniser = function* (input) {
  for (const run of input.runs) {
    if (run.digits.length < FEWEST_DIGITS) continue;
    for (const { digits, start, end } of formsOf(input.text, run)) {
      if (!standsAlone(input.text, { start, end })) continue;
      const found = (score: number): Candidate => ({ type: 'CREDIT_CARD', start, end, score });
      const isIssued = ISSUED.test(digits) || MAESTRO.test(digits);
      if (isIssued && isLuhn(digits)) yield found(0.97);
      else if (saysBefore(input, start, CARD)) {
        const isShaped = digits.length === 16 && input.text[start + 4] !== digits[4];
        if (isLuhn(digits)) yield found(0.9);
        else if (isShaped || isIssued) yield found(0.8);
      }
    }
  }
};

function* formsOf(text: string, run: NumberRun): Iterable<NumberRun> {
  if (run.digits.length <= MOST_DIGITS) yield run;
  for (const lengths of FORMS) {
    if (run.groups.length > lengths.length) yield* partsOf(text, run, lengths);
  }
}
