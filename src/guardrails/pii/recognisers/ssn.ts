import { partsOf } from './number-runs.ts';
import { saysBefore, saysBehind, standsAlone, type Candidate, type Recogniser } from './recogniser.ts';

/** No area 000, 666 or 9xx, no group 00, no serial 0000 (Social Security Administration). */
const ISSUED = /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/;
const SSN = /\b(?:ssns?|ssid|social(?: security)?|soc\.? ?sec|tax ?id|itin|tin)\b/i;
/** How a number is written: its groups, and how likely it is one where nothing says so. */
const FORMS = [
  { lengths: [3, 2, 4], score: 0.8 },
  { lengths: [3, 6], score: 0.76 },
  { lengths: [5, 4], score: 0.76 },
  { lengths: [9], score: 0 },
];
/** `NY 12345-6789` is a postcode. */
const STATE = /\b[A-Z]{2}[ ,]{1,2}$/;

/** US social security numbers: of a form and range that is issued; any nine digits where the words say so. */
export const recogniseSsn: Recogniser = function* (input) {
  const { text } = input;
  for (const run of input.runs) {
    if (run.digits.length < 9) continue;
    for (const { lengths, score } of FORMS) {
      for (const { start, end, digits, groups } of partsOf(text, run, lengths)) {
        if (!standsAlone(text, { start, end })) continue;
        const found = (likelihood: number): Candidate => ({ type: 'SSN', start, end, score: likelihood });
        const isSpaced = lengths.length > 1 && text[groups[0]!.end] === ' ';
        const isUsual = isSpaced ? lengths.length === 3 && run.groups.length === 3 : true;
        const isPostcode = lengths[0] === 5 && STATE.test(text.slice(Math.max(0, start - 4), start));
        if (isPostcode) continue;
        if (saysBefore(input, start, SSN) || saysBehind(input, end, SSN)) yield found(0.95);
        else if (score > 0 && isUsual && ISSUED.test(digits)) yield found(score);
      }
    }
  }
};
