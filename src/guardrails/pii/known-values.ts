import { foldCharacter } from '../text/fold-character.ts';
import { withoutMarkup } from '../text/without-markup.ts';
import type { PiiType } from '../verdict.ts';
import type { Candidate } from './recognisers/recogniser.ts';

/** `isPlain`: written as names and places usually are, so that it is for the tagger to tell whether one is meant. */
export type KnownCandidate = Candidate & { isPlain: boolean };

/** Values that were recognised elsewhere, each as one: they are found again however a text sets their parts apart. */
export type KnownValues = {
  find(text: string): KnownCandidate[];
  /** The first place from where more text may complete one. */
  openFrom(text: string): number;
};

export const NOTHING_KNOWN: KnownValues = { find: () => [], openFrom: ({ length }) => length };

type Label = { type: PiiType; isTurned: boolean };
type Node = { next: Map<string, Node>; label: Label | undefined };
type Visible = { folded: string; start: number; end: number };

const VISIBLE = /[\p{L}\p{N}]/u;
/** Shorter ones stand in many texts by chance. */
const FEWEST_CHARACTERS = 7;
const MOST_CHARACTERS = 80;
const LONGEST_GAP = 40;
const SCORE = 0.9;
const WORDS: ReadonlySet<PiiType> = new Set(['PERSON', 'ADDRESS']);
/** What stands in no name or place as it is usually written. */
const APART = /[^\p{L}\p{N}\p{M} .,;:'()/#&-]/u;
const MOST_NAME_WORDS = 5;

/** A tree of the values' letters and digits: a text is searched for all of them at once, in time linear in it. */
export function knownValues(values: Iterable<{ type: PiiType; value: string }>): KnownValues {
  const root: Node = { next: new Map(), label: undefined };
  for (const { type, value } of values) {
    const read = withoutMarkup(value)?.text ?? value;
    add(root, read, { type, isTurned: false });
    if (type === 'PERSON') add(root, surnameFirst(read), { type, isTurned: true });
    if (type === 'PHONE') for (const part of localParts(read)) add(root, part, { type, isTurned: false });
  }
  if (root.next.size === 0) return NOTHING_KNOWN;
  return { find: (text) => walk(text, root).found, openFrom: (text) => walk(text, root).open };
}

function add(root: Node, value: string, label: Label): void {
  const visible = visibleOf(value);
  if (visible.length < FEWEST_CHARACTERS || visible.length > MOST_CHARACTERS) return;
  let node = root;
  for (const { folded } of visible) {
    const next = node.next.get(folded) ?? { next: new Map(), label: undefined };
    node.next.set(folded, next);
    node = next;
  }
  node.label ??= label;
}

/** A telephone number without the country's code, and without the area's. */
function localParts(number: string): string[] {
  return [...number.matchAll(/(?<=\P{N})\p{N}/gu)].map(({ index }) => number.slice(index));
}

function surnameFirst(name: string): string {
  const words = name.split(/[\s,]+/).filter((word) => VISIBLE.test(word));
  return words.length < 2 || words.length > MOST_NAME_WORDS
    ? ''
    : [words.at(-1)!, ...words.slice(0, -1)].join(' ');
}

function walk(text: string, root: Node): { found: KnownCandidate[]; open: number } {
  const visible = visibleOf(text);
  const found: KnownCandidate[] = [];
  let open = text.length;
  const isJoined = (place: number) => visible[place - 1]?.end === visible[place]?.start;
  for (let first = 0; first < visible.length; first++) {
    if (first > 0 && isJoined(first)) continue;
    let node: Node | undefined = root;
    let last: { place: number; label: Label } | undefined;
    let place = first;
    for (; node && place < visible.length; place++) {
      if (place > first && visible[place]!.start - visible[place - 1]!.end > LONGEST_GAP) node = undefined;
      node = node?.next.get(visible[place]!.folded);
      if (node?.label && !isJoined(place + 1)) last = { place, label: node.label };
    }
    const { start } = visible[first]!;
    if (node && text.length - visible.at(-1)!.end <= LONGEST_GAP) open = Math.min(open, start);
    if (!last) continue;
    const { end } = visible[last.place]!;
    const { type, isTurned } = last.label;
    const isPlain = WORDS.has(type) && !isTurned && !APART.test(text.slice(start, end));
    found.push({ type, start, end, score: SCORE, isPlain });
    first = last.place;
  }
  return { found, open };
}

/** The letters and digits of a text, as they compare. */
function visibleOf(text: string): Visible[] {
  const visible: Visible[] = [];
  let start = 0;
  for (const character of text) {
    const end = start + character.length;
    if (VISIBLE.test(character))
      for (const folded of foldCharacter(character)) visible.push({ folded, start, end });
    start = end;
  }
  return visible;
}
