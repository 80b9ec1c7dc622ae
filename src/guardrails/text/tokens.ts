/** The words of a text, as the static embedder counts them: `text.slice(starts[i], ends[i])`; punctuation marks are words of their own. */
export type Tokens = {
  count: number;
  starts: Int32Array;
  ends: Int32Array;
  /** Each in lower case and without accents. */
  folded: string[];
};

/** What a character does to a word. A silent one (an accent, a control character) neither begins a word nor ends one. */
const LETTER = 1;
const SPACE = 2;
const SINGLE = 3;
const SILENT = 4;
const ROLE = 7;
/** Its word must be folded: lower case is not enough. */
const FOLDS = 8;

const WHITE = /\s/;
const SINGLES =
  /[\p{P}$+<=>^`|~\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/u;
const DROPPED = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/gu;
const ACCENT = /\p{Mn}/gu;
/** By code point; filled as characters turn up, since most of Unicode never does. */
const kinds = new Uint8Array(0x110000);

/** Cuts a normalised text into words, once for all guardrails. The same cut as `splitWords`, with the places kept. */
export function tokenise(text: string): Tokens {
  // The one letter that is longer in lower case; it folds in any case.
  const lower = text.replaceAll('İ', 'i').toLowerCase();
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  const folded: string[] = [];
  const add = (start: number, end: number, folds: number) => {
    starts[folded.length] = start;
    ends[folded.length] = end;
    folded.push(folds === 0 ? lower.slice(start, end) : fold(text.slice(start, end)));
  };
  let start = -1;
  let folds = 0;
  for (let at = 0; at < text.length;) {
    let character = text.charCodeAt(at);
    if ((character & 0xfc00) === 0xd800) character = text.codePointAt(at)!;
    const kind = (kinds[character] ||= kindOf(character));
    const next = character > 0xffff ? at + 2 : at + 1;
    const role = kind & ROLE;
    if (role === LETTER) {
      if (start < 0) {
        start = at;
        folds = 0;
      }
    } else if (role !== SILENT) {
      if (start >= 0) add(start, at, folds);
      start = -1;
      if (role === SINGLE) add(at, next, kind & FOLDS);
    }
    folds |= kind & FOLDS;
    at = next;
  }
  if (start >= 0) add(start, text.length, folds);
  const count = folded.length;
  return { count, starts: starts.slice(0, count), ends: ends.slice(0, count), folded };
}

function kindOf(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  const folded = fold(character);
  if (folded === '') return SILENT | FOLDS;
  const bare = character.normalize('NFD').replace(ACCENT, '');
  const role = WHITE.test(bare) ? SPACE : SINGLES.test(bare) ? SINGLE : LETTER;
  // Within a word a sigma has another lower case than at its end.
  return folded === character.toLowerCase() && character !== 'Σ' ? role : role | FOLDS;
}

function fold(word: string): string {
  return word.replace(DROPPED, '').normalize('NFD').replace(ACCENT, '').replaceAll('Σ', 'σ').toLowerCase();
}
