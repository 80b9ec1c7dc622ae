// NUL is refused by Postgres; the other control characters, the two non-characters and lone surrogates only
// ever hide or break text. The u flag makes \p{Cs} match surrogates that have no partner.
// eslint-disable-next-line no-control-regex -- removing control characters is what this is for
const FORBIDDEN = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\ufffe\uffff]|\p{Cs}/gu;

// Soft hyphens and zero-width break hints are layout, and would hide a word from search.
const BREAK_HINTS = /[\u00ad\u200b\u2060\ufeff]/g;

/** The text as it was sent, less what cannot be stored. */
export function removeForbidden(text: string): string {
  return text.replace(FORBIDDEN, '');
}

/** One line of prose: NFC, every run of white space one space, none at the ends. */
export function cleanProse(text: string): string {
  return text
    .replace(/[\v\f\x85]/g, ' ')
    .replace(FORBIDDEN, '')
    .replace(BREAK_HINTS, '')
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Text whose line breaks and spaces matter: NFC, `\n` line ends, no white space around it. */
export function cleanCode(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(FORBIDDEN, '').normalize('NFC').trim();
}
