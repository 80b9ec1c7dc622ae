/** What a run of invisible characters is for: to break words, to turn their direction, or to carry a text of its own. */
export type HiddenKind = 'zero_width' | 'direction' | 'tag';

/** `text` is what tag characters spell: a reader sees nothing, a model may read it. */
export type HiddenRun = { kind: HiddenKind; start: number; end: number; text: string };

const HIDDEN =
  /(?<turn>[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+)|(?<tags>[\u{e0000}-\u{e007f}]+)|[\p{DI}--[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]--[\u{e0000}-\u{e007f}]]+/vy;
const FIRST_TAG = 0xe0000;

/** The run of characters of one kind that begins here and shows nothing, if one does. */
export function hiddenRunAt(text: string, start: number): HiddenRun | undefined {
  HIDDEN.lastIndex = start;
  const match = HIDDEN.exec(text);
  if (!match) return undefined;
  const { turn, tags } = match.groups!;
  const kind = tags ? 'tag' : turn ? 'direction' : 'zero_width';
  return { kind, start, end: HIDDEN.lastIndex, text: tags ? spelled(tags) : '' };
}

function spelled(tags: string): string {
  return Array.from(tags, (tag) => String.fromCharCode(tag.codePointAt(0)! - FIRST_TAG)).join('');
}
