const KEYWORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);
const PAIRS: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/**
 * The names of the metrics that an expression reads.
 *
 * @throws Error where brackets or quotes are not balanced
 */
export const metricsIn = (expression: string): Set<string> => {
  const bare = expression.replace(/"(?:[^"\\]|\\.)*"/g, '');
  if (bare.includes('"')) throw new Error(`an open quote: ${expression}`);
  assertBalanced(bare);
  const rest = bare
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = rest.match(/[a-zA-Z_:][\w:]*\b(?!\s*\()/g) ?? [];
  return new Set(names.filter((name) => !KEYWORDS.has(name.toLowerCase())));
};

const assertBalanced = (text: string): void => {
  const open: string[] = [];
  for (const character of text.match(/[()[\]{}]/g) ?? []) {
    if (!(character in PAIRS)) open.push(character);
    else if (open.pop() !== PAIRS[character]) throw new Error(`not balanced: ${text}`);
  }
  if (open.length > 0) throw new Error(`not closed: ${text}`);
};
