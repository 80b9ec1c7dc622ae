import { getCountrySpecifications, isValidIBAN } from 'ibantools';
import { isAbaRouting } from './checksums.ts';
import { saysBefore, saysBehind, standsAlone, type Candidate, type Recogniser } from './recogniser.ts';

/** How an IBAN begins: country and check digits. */
const IBAN_HEAD = /(?<![\p{L}\p{N}])[a-z]{2}\d{2}/iuy;
const LONGEST_IBAN = 34;
const LENGTHS = new Map(
  Object.entries(getCountrySpecifications()).flatMap(([country, { chars }]) =>
    chars === null ? [] : [[country, chars] as const],
  ),
);
const ROUTING = /\b(?:routing|aba|rtn|transit|ach)\b/i;
const ACCOUNT =
  /\b(?:(?:bank|checking|savings?|current|deposit|giro)[ -]?(?:account|acct|konto)|acc(?:oun)?t\.?(?: (?:number|no\.?|num|#)|#)|a\/c(?: no\.?)?|kontonummer|cuenta(?: bancaria)?)\W{0,4}(?:(?:number|no\.?|num|is|ending in|#)\W{0,3}){0,3}$/i;
const SORT_CODE = /\bsort ?code\b/i;

/** Bank accounts: IBANs with the right length and check (ISO 13616), US routing numbers and account numbers that are named as such. */
export const recogniseBankAccount: Recogniser = function* (input) {
  const { text, runs, codes } = input;
  for (const { start } of codes) {
    IBAN_HEAD.lastIndex = start;
    if (!IBAN_HEAD.test(text)) continue;
    const end = ibanEnd(text, start);
    if (end !== undefined) yield { type: 'BANK_ACCOUNT', start, end, score: 0.99 };
  }
  for (const run of runs) {
    const { digits, start, end } = run;
    if (digits.length < 6 || digits.length > 17 || !standsAlone(text, run)) continue;
    const found = (score: number): Candidate => ({ type: 'BANK_ACCOUNT', start, end, score });
    if (isAbaRouting(digits) && (saysBefore(input, start, ROUTING) || saysBehind(input, end, ROUTING)))
      yield found(0.9);
    else if (saysBefore(input, start, ACCOUNT)) yield found(0.85);
    else if (digits.length === 6 && run.groups.length === 3 && saysBefore(input, start, SORT_CODE))
      yield found(0.8);
  }
};

/** Where the IBAN ends that begins here; undefined where none does. Groups may be set apart. */
function ibanEnd(text: string, start: number): number | undefined {
  const length = LENGTHS.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return undefined;
  let compact = '';
  let at = start;
  for (; compact.length < length && at < start + 2 * LONGEST_IBAN; at++) {
    const character = text[at] ?? '';
    if (/[a-z0-9]/i.test(character)) compact += character;
    else if (!/[ -]/.test(character)) return undefined;
  }
  const isWhole = compact.length === length && standsAlone(text, { start, end: at });
  const upper = compact.toUpperCase();
  const isOneCase = compact === upper || compact === compact.toLowerCase();
  return isWhole && isOneCase && isValidIBAN(upper) ? at : undefined;
}
