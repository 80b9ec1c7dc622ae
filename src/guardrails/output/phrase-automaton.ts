import { foldCharacter } from '../text/fold-character.ts';

/** What the automaton is in the middle of; the root has depth 0. */
export type PhraseNode<Label> = {
  next: Map<string, PhraseNode<Label>>;
  /** How many folded characters of a phrase have been read. */
  depth: number;
  /** The longest other beginning of a phrase that the text also ends in. */
  fallback: PhraseNode<Label> | undefined;
  /** Of a phrase that ends here. */
  label: Label | undefined;
};

/**
 * Aho and Corasick's automaton over folded characters: finds all phrases in one pass, and knows at each place how much of
 * the text could be the beginning of one. Phrases without a visible character are left out.
 */
export function createPhraseAutomaton<Label>(
  phrases: readonly { text: string; label: Label }[],
): PhraseNode<Label> {
  const root = newNode<Label>(0);
  for (const { text, label } of phrases) {
    const folded = foldPhrase(text);
    if (folded === '') continue;
    let node = root;
    for (const character of folded) {
      const next = node.next.get(character) ?? newNode<Label>(node.depth + 1);
      node.next.set(character, next);
      node = next;
    }
    node.label ??= label;
  }
  const queue = [root];
  for (const node of queue) {
    for (const [character, child] of node.next) {
      child.fallback = node === root ? root : step(node.fallback!, character);
      child.label ??= child.fallback.label;
      queue.push(child);
    }
  }
  return root;
}

/** Where one more folded character leads; over a whole text it costs a constant a character. */
export function step<Label>(from: PhraseNode<Label>, character: string): PhraseNode<Label> {
  let node = from;
  for (;;) {
    const next = node.next.get(character);
    if (next) return next;
    if (!node.fallback) return node;
    node = node.fallback;
  }
}

function newNode<Label>(depth: number): PhraseNode<Label> {
  return { next: new Map(), depth, fallback: undefined, label: undefined };
}

function foldPhrase(text: string): string {
  return Array.from(text, foldCharacter).join('').replace(/ +/g, ' ').trim();
}
