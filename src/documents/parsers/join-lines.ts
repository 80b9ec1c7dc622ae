const ENDS_WITH_HYPHEN = /[-\u2010]$/;
/** Bounded: a word of millions of letters is more than the regular expression's stack holds. */
const WORD = /[\p{L}\p{N}-]{1,100}/gu;

/**
 * Joins the lines of a paragraph. A word cut by a hyphen at a line's end is put together again, unless the hyphen is its
 * own: the document writes it so elsewhere, or knows both halves as words but not the whole.
 * @param words what `wordsOf` finds in the whole document
 */
export function joinLines(lines: string[], words: Set<string>): string {
  return lines
    .map((line, index) => {
      const next = lines[index + 1];
      if (next === undefined || /[\u2014/]$/.test(line)) return line;
      const halves = cutWord(line, next);
      if (!halves) return `${line} `;
      return hasOwnHyphen(halves, words) ? line : line.slice(0, -1);
    })
    .join('');
}

function cutWord(line: string, next: string): [before: string, after: string] | undefined {
  if (!ENDS_WITH_HYPHEN.test(line)) return undefined;
  // A slice, so that a line of a million letters costs no more than any other.
  const before = /[\p{L}\p{N}-]*[\p{L}\p{N}]$/u.exec(line.slice(-60, -1))?.[0];
  const after = /^[\p{L}\p{N}][\p{L}\p{N}-]*/u.exec(next.slice(0, 60))?.[0];
  return before && after ? [before, after] : undefined;
}

function hasOwnHyphen(halves: [string, string], words: Set<string>): boolean {
  // A name or a number is never cut.
  if (/\P{L}$/u.test(halves[0]) || /^\P{Ll}/u.test(halves[1])) return true;
  const [before, after] = [halves[0].toLowerCase(), halves[1].toLowerCase()];
  if (words.has(before + after)) return false;
  if (words.has(`${before}-${after}`) || before.includes('-')) return true;
  return before.length > 2 && after.length > 2 && words.has(before) && words.has(after);
}

/** The words of all lines in lower case, hyphens included, but for those that a line's end cuts. */
export function wordsOf(lines: string[]): Set<string> {
  const words = new Set<string>();
  lines.forEach((line, index) => {
    const found = line.toLowerCase().match(WORD) ?? [];
    if (ENDS_WITH_HYPHEN.test(line)) found.pop();
    if (ENDS_WITH_HYPHEN.test(lines[index - 1] ?? '')) found.shift();
    for (const word of found) words.add(word);
  });
  return words;
}
