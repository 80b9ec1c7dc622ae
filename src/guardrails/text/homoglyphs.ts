/** Greek and Cyrillic letters that look like a Latin one, each with it (Unicode's confusables, single letters). */
const LOOKALIKES = new Map(
  Object.entries({
    А: 'A', В: 'B', Е: 'E', З: '3', К: 'K', М: 'M', Н: 'H', О: 'O', Р: 'P', С: 'C', Т: 'T', У: 'Y', Х: 'X', Ѕ: 'S', І: 'I', Ј: 'J', Ԛ: 'Q', Ԝ: 'W',
    а: 'a', е: 'e', о: 'o', р: 'p', с: 'c', у: 'y', х: 'x', ѕ: 's', і: 'i', ј: 'j', ԛ: 'q', ԝ: 'w', һ: 'h', ԁ: 'd', ӏ: 'l', ь: 'b', г: 'r', п: 'n', т: 't', к: 'k', м: 'm', н: 'h', в: 'b',
    Α: 'A', Β: 'B', Ε: 'E', Ζ: 'Z', Η: 'H', Ι: 'I', Κ: 'K', Μ: 'M', Ν: 'N', Ο: 'O', Ρ: 'P', Τ: 'T', Υ: 'Y', Χ: 'X',
    α: 'a', ε: 'e', ι: 'i', κ: 'k', ν: 'v', ο: 'o', ρ: 'p', τ: 't', υ: 'u', χ: 'x', γ: 'y', η: 'n', ω: 'w',
    ɡ: 'g', ı: 'i', ɑ: 'a', ʏ: 'Y', ʀ: 'R',
  }),
); // prettier-ignore
const SUSPECT = /[\p{Script=Greek}\p{Script=Cyrillic}ɡıɑʏʀ]/u;

/** How far a word's neighbours tell which script it is of, in characters. */
const NEIGHBOURHOOD_CHARS = 50;

const LATIN = 1;
const POSING = 2;
const FOREIGN = 4;
const OTHER_LETTER = 8;
const NO_LETTER = 16;
/** Filled as characters turn up, since most of Unicode never does. */
const kinds = new Uint8Array(0x10000);

/**
 * Makes letters Latin that only look it, where a word is meant to pass for Latin: it mixes scripts, or it is made of such
 * letters alone among Latin words and far from words that are plainly of another script. Lengths do not change.
 */
export function foldHomoglyphs(text: string): string {
  if (!SUSPECT.test(text)) return text;
  const latin = createNearby(text, LATIN);
  const foreign = createNearby(text, FOREIGN);
  let folded = '';
  let kept = 0;
  for (let start = 0; start < text.length;) {
    let end = start;
    let seen = 0;
    for (; end < text.length; end++) {
      const kind = kindAt(text, end);
      if (kind === NO_LETTER) break;
      seen |= kind;
    }
    const isPosing = seen === POSING && latin(start, end) && !foreign(start, end);
    if (seen === (LATIN | POSING) || isPosing) {
      folded += text.slice(kept, start);
      for (let at = start; at < end; at++) folded += LOOKALIKES.get(text[at]!) ?? text[at]!;
      kept = end;
    }
    start = end + 1;
  }
  return folded + text.slice(kept);
}

/** Whether a letter of a kind stands near a span that has none; to be asked of one span after another. */
function createNearby(text: string, kind: number): (start: number, end: number) => boolean {
  let before = -Infinity;
  let next = 0;
  return (start, end) => {
    for (; next < text.length && (next < end || kindAt(text, next) !== kind); next++)
      if (kindAt(text, next) === kind) before = next;
    return start - before <= NEIGHBOURHOOD_CHARS || (next < text.length && next - end < NEIGHBOURHOOD_CHARS);
  };
}

function kindAt(text: string, at: number): number {
  return (kinds[text.charCodeAt(at)] ||= kindOf(text[at]!));
}

function kindOf(character: string): number {
  if (LOOKALIKES.has(character)) return POSING;
  if (/[A-Za-z]/.test(character)) return LATIN;
  if (/[\p{Script=Greek}\p{Script=Cyrillic}]/u.test(character)) return FOREIGN;
  return /[\p{L}\p{M}]/u.test(character) ? OTHER_LETTER : NO_LETTER;
}
