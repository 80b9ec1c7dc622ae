import { saysBefore, saysBehind, type Recogniser } from './recogniser.ts';

const MONTH =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const YEAR = '(?:19|20)\\d{2}';
const DATE = new RegExp(
  [
    `\\d{1,2}[/.-]\\d{1,2}[/.-](?:${YEAR}|\\d{2})`,
    `${YEAR}[/.-]\\d{1,2}[/.-]\\d{1,2}`,
    `\\d{1,2}(?:st|nd|rd|th)?[ -](?:of )?${MONTH}\\.?,?[ -]${YEAR}`,
    `${MONTH}\\.? \\d{1,2}(?:st|nd|rd|th)?,? ${YEAR}`,
  ]
    .map((form) => `(?<![\\w/.-])(?:${form})(?![\\w/-])`)
    .join('|'),
  'gi',
);
const BORN =
  /\b(?:born|birth(?:day|date)?s?|d\.?o\.?b\b|b-?day|nacid[oa]|nacimiento|geboren|geburtsdatum|n[ée]e?\b|naissance|nascita|nat[oa]\b)/i;
/** Another date has come in between. */
const OTHER = /\b(?:died|death|issued|expir\w*|until|since|joined|hired|founded)\b[^.]{0,30}$/i;

/** Dates of birth: a date where the words around it speak of birth. Any other date is no personal data. */
export const recogniseDateOfBirth: Recogniser = function* (input) {
  if (!BORN.test(input.text)) return;
  for (const { 0: value, index: start } of input.text.matchAll(DATE)) {
    const end = start + value.length;
    const isNamed =
      (saysBefore(input, start, BORN) && !saysBefore(input, start, OTHER)) || saysBehind(input, end, BORN);
    if (isNamed) yield { type: 'DATE_OF_BIRTH', start, end, score: 0.9 };
  }
};
