import { hasIcaoCheckDigit } from './checksums.ts';
import { countDigits } from './codes.ts';
import { saysBefore, saysBehind, type Candidate, type Recogniser } from './recogniser.ts';

const PASSPORT =
  /passport|travel document|reisepass|pass-?nr|pasaporte|passeport|passaporto|paspoort|\u{c5ec}\u{ad8c}/iu;
/** Most countries' numbers: eight or nine letters and digits, at least five of them digits. */
const FEWEST_DIGITS = 5;
/** German numbers: no vowels, no letters that look like digits, a check digit at the end. */
const GERMAN = /^[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7}\d$/i;
/** As parts of hashes are, too. */
const HEX = /^[0-9a-f]+$/;
/** Korean numbers since 2021. */
const KOREAN = /^[MSRODG]\d{3}[A-Z]\d{4}$/;

/** Passport numbers, where the words say passport; without them German ones, whose check digit tells, and Korean ones by their form. */
export const recognisePassport: Recogniser = function* (input) {
  for (const { value, start, end } of input.codes) {
    const isLong = value.length === 8 || value.length === 9;
    if (!isLong || countDigits(value) < FEWEST_DIGITS) continue;
    const found = (score: number): Candidate => ({ type: 'PASSPORT', start, end, score });
    if (saysBefore(input, start, PASSPORT) || saysBehind(input, end, PASSPORT)) yield found(0.9);
    else if (KOREAN.test(value)) yield found(0.6);
    else if (GERMAN.test(value) && !HEX.test(value) && hasIcaoCheckDigit(value.toUpperCase()))
      yield found(0.5);
  }
};
