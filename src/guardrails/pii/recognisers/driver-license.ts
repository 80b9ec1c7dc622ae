import { countDigits } from './codes.ts';
import { partsOf } from './number-runs.ts';
import { saysBefore, saysBehind, type Candidate, type Recogniser } from './recogniser.ts';

/** British numbers: five letters of the name, the date of birth (a woman's month plus 50), initials, check. */
const BRITISH =
  /^[A-Z][A-Z9]{4}\d(?:0[1-9]|1[0-2]|5[1-9]|6[0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z][A-Z9]\d[A-Z]{2}$/i;
/** Italian numbers, before 2013 and since. */
const ITALIAN = /^(?:[A-Z]{2}\d{7}[A-Z]|U1[B-DF-HJ-NP-TV-Z0-9]{7}[A-Z])$/;
/** Korean numbers: a region from 11 to 28, the year, a serial number, a check. */
const KOREAN = [2, 2, 6, 2];
const KOREAN_REGION = /^(?:1[1-9]|2[0-8])/;
const FEWEST_DIGITS = 5;
const LONGEST = 20;
/** `S530-460-72-123`: as many American ones are written. */
const SPACED = /[A-Z]\d{2,4}(?:[- ]\d{2,6}){2,4}(?![\w-])/iy;
const LICENCE =
  /\b(?:driv(?:er'?s?|ing)[ -]?(?:licen[cs]e|permit)|licen[cs]e (?:number|no\.?|id|#)|licen[cs]e(?: is|:)|dl(?=[ :#]) ?(?:number|no\.?|#|:|is)|f(?:ü|ue)hrerschein\w*|permis de conduire|patente(?: di guida)?|licencia de conducir|carnet de conducir)/i;

/** Driver licence numbers where the words say so, and the British, Italian and Korean forms, which tell by themselves. */
export const recogniseDriverLicense: Recogniser = function* (input) {
  const { text } = input;
  const isNamed = (start: number, end: number) =>
    saysBefore(input, start, LICENCE) || saysBehind(input, end, LICENCE);
  const found = (start: number, end: number, score: number): Candidate => ({
    type: 'DRIVER_LICENSE',
    start,
    end,
    score,
  });
  for (const { value, start, end } of input.codes) {
    SPACED.lastIndex = start;
    if (BRITISH.test(value)) yield found(start, end, 0.9);
    else if (ITALIAN.test(value)) yield found(start, end, 0.6);
    else if (SPACED.test(text) && isNamed(start, SPACED.lastIndex)) yield found(start, SPACED.lastIndex, 0.9);
    else if (countDigits(value) >= FEWEST_DIGITS && value.length <= LONGEST && isNamed(start, end))
      yield found(start, end, 0.85);
  }
  for (const run of input.runs)
    for (const { start, end, digits } of partsOf(text, run, KOREAN))
      if (KOREAN_REGION.test(digits)) yield found(start, end, isNamed(start, end) ? 0.95 : 0.85);
};
