/** The rows of a text's tokens, in order; the text as `splitWords` cuts it. */
export type Tokenizer = (words: readonly string[]) => number[];

/** Where a phrase may go on, and the row of the phrase that ends here. */
type PhraseNode = { row?: number; words: number; next?: Map<string, PhraseNode> };
type KnownWord = { rows: number[]; start: PhraseNode | undefined };

/** The first entry of every vocabulary. */
export const UNKNOWN_ROW = 0;
/** As in BERT: a longer word is unknown. */
const MOST_WORD_CHARS = 100;
/** Words that are remembered: far more than most corpora use often, and no more, whatever texts come. */
const MOST_KNOWN_WORDS = 32_768;

/**
 * Makes a tokenizer for a vocabulary, whose n-th entry is row n: `##` begins a piece inside a word, an entry with spaces
 * is a phrase. Where a phrase begins, the longest is one token; any other word is cut by WordPiece (the longest entry
 * first), and is unknown where a rest of it is no entry.
 */
export function createTokenizer(vocabulary: readonly string[]): Tokenizer {
  const wordStarts = new Map<string, number>();
  const continuations = new Map<string, number>();
  const phrases: PhraseNode = { words: 0 };
  let longestEntry = 0;
  for (const [row, entry] of vocabulary.entries()) {
    if (entry.includes(' ')) {
      addPhrase(phrases, entry.split(' '), row);
      continue;
    }
    longestEntry = Math.max(longestEntry, entry.length);
    if (entry.startsWith('##')) continuations.set(entry.slice(2), row);
    else wordStarts.set(entry, row);
  }

  const wordPieces = (word: string): number[] => {
    const pieces: number[] = [];
    for (let from = 0; from < word.length;) {
      const entries = from === 0 ? wordStarts : continuations;
      let to = Math.min(word.length, from + longestEntry);
      let row = entries.get(word.slice(from, to));
      while (row === undefined && --to > from) row = entries.get(word.slice(from, to));
      if (row === undefined) return [UNKNOWN_ROW];
      pieces.push(row);
      from = to;
    }
    return pieces;
  };

  const known = new Map<string, KnownWord>();
  const learn = (word: string): KnownWord => {
    if (isTooLong(word)) return { rows: [UNKNOWN_ROW], start: undefined };
    const learned = { rows: wordPieces(word), start: phrases.next?.get(word) };
    if (known.size >= MOST_KNOWN_WORDS) known.clear();
    known.set(detached(word), learned);
    return learned;
  };

  return (words) => {
    const rows: number[] = [];
    for (let at = 0; at < words.length;) {
      const word = known.get(words[at]!) ?? learn(words[at]!);
      const phrase = word.start && longestPhrase(word.start, words, at + 1);
      if (phrase?.row === undefined) rows.push(...word.rows);
      else rows.push(phrase.row);
      at += phrase?.words ?? 1;
    }
    return rows;
  };
}

function addPhrase(root: PhraseNode, words: string[], row: number): void {
  let node = root;
  for (const word of words) {
    node.next ??= new Map();
    const next = node.next.get(word) ?? { words: node.words + 1 };
    node.next.set(word, next);
    node = next;
  }
  node.row = row;
}

function longestPhrase(start: PhraseNode, words: readonly string[], from: number): PhraseNode | undefined {
  let longest: PhraseNode | undefined;
  let node: PhraseNode | undefined = start;
  for (let at = from; at < words.length && node?.next; at++) {
    node = node.next.get(words[at]!);
    if (node?.row !== undefined) longest = node;
  }
  return longest;
}

/** Counted in code points, of which each is at most two units: a huge word is not taken apart. */
function isTooLong(word: string): boolean {
  if (word.length <= MOST_WORD_CHARS) return false;
  return word.length > 2 * MOST_WORD_CHARS || Array.from(word).length > MOST_WORD_CHARS;
}

/** A copy: what was cut out of a text may keep all of that text in memory. */
function detached(word: string): string {
  return Buffer.from(word).toString();
}
