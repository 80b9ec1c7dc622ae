/** What a model says, and what it thinks aloud besides. */
export type Heard = {
  said: string;
  thought: string;
  /** What was given out before as said turns out to have been thought. */
  isLate: boolean;
};

/** Takes text in pieces, which may cut a mark anywhere. */
export type ThinkingFilter = { push(piece: string): Heard; end(): Heard };

/** How models mark their thoughts: most of them, Mistral's, Moonshot's, Cohere's, and gpt-oss, which says what is no thought. */
const ENDS: ReadonlyMap<string, string> = new Map([
  ...['think', 'thinking', 'thought', 'reasoning', 'seed:think'].map(
    (name) => [`<${name}>`, `</${name}>`] as const,
  ),
  ['[think]', '[/think]'],
  ['◁think▷', '◁/think▷'],
  ['<|start_thinking|>', '<|end_thinking|>'],
  ...['<|channel|>analysis<|message|>', '<|end|>', '<|return|>'].map(
    (begin) => [begin, '<|channel|>final<|message|>'] as const,
  ),
]);
const MARKS = [...new Set([...ENDS].flat())];
const LONGEST_MARK = Math.max(...MARKS.map(({ length }) => length));
const ANY_MARK = new RegExp(MARKS.map((mark) => mark.replace(/[[\]|/]/g, '\\$&')).join('|'), 'gi');
/** In quotes a mark is spoken of; an end may stand behind a thought that ends in one, so there only a backtick counts. */
const QUOTED = { begin: /["'`“‘«]$/, end: /`$/ };

/**
 * Tells the two apart. An end without a beginning means that all before it was thought, for some servers put the beginning
 * into their prompt; of a model known to do so everything is held back until then (`beginsThinking`), or until it ends.
 */
export function createThinkingFilter(beginsThinking: boolean): ThinkingFilter {
  let open = '';
  let before = '';
  let until: string | undefined;
  let held: string | undefined = beginsThinking ? '' : undefined;
  let hasSaid = false;

  const take = (isLast: boolean): Heard => {
    const heard: Heard = { said: '', thought: '', isLate: false };
    const give = (length: number): void => {
      const text = open.slice(0, length);
      open = open.slice(length);
      before = text.slice(-1) || before;
      if (until !== undefined) heard.thought += text;
      else if (held !== undefined) held += text;
      else heard.said += text;
    };
    const giveHeld = (as: 'said' | 'thought'): void => {
      heard[as] += held ?? '';
      held = undefined;
    };
    for (let found; (found = nextMark(open, before, until)); until = ENDS.get(found.mark)) {
      give(found.at);
      open = open.slice(found.mark.length);
      before = '';
      if (until !== undefined) continue;
      giveHeld(ENDS.has(found.mark) ? 'said' : 'thought');
      if (ENDS.has(found.mark)) continue;
      heard.thought += heard.said;
      heard.said = '';
      heard.isLate ||= hasSaid;
    }
    give(isLast ? open.length : settled(open));
    if (isLast) giveHeld('said');
    hasSaid ||= heard.said.trim() !== '';
    return heard;
  };
  return {
    push: (piece) => {
      open += piece;
      return take(false);
    },
    end: () => take(true),
  };
}

/** The next mark that means something: within a thought its own end alone. */
function nextMark(
  text: string,
  before: string,
  until: string | undefined,
): { mark: string; at: number } | undefined {
  for (const { 0: found, index: at } of text.matchAll(ANY_MARK)) {
    const mark = found.toLowerCase();
    if (until === undefined) {
      const quoted = QUOTED[ENDS.has(mark) ? 'begin' : 'end'];
      if (!quoted.test(at === 0 ? before : text.charAt(at - 1))) return { mark, at };
    } else if (mark === until) return { mark, at };
  }
  return undefined;
}

/** How much of a text cannot be the beginning of a mark any more. */
function settled(text: string): number {
  for (let from = Math.max(0, text.length - LONGEST_MARK + 1); from < text.length; from += 1) {
    const tail = text.slice(from).toLowerCase();
    if (MARKS.some((mark) => mark.startsWith(tail))) return from;
  }
  return text.length;
}
