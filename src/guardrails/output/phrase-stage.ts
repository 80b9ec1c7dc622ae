import { foldCharacter } from '../text/fold-character.ts';
import { OutputBlocked } from './output-blocked.ts';
import { step, type PhraseNode } from './phrase-automaton.ts';
import type { Stage } from './stage.ts';

/**
 * Stops a text that holds one of the automaton's strings, wherever it stands. Holds back exactly the longest end of the
 * text that is the beginning of one. Linear in the text; takes whole characters.
 *
 * @throws OutputBlocked `secret` or `phrase`, from `push`
 */
export function createPhraseStage(root: PhraseNode<'secret' | 'phrase'>): Stage {
  let node = root;
  let held = '';
  /** Where the last folded characters began in `held`: as many as the node is deep. */
  let starts: number[] = [];
  let wasSpace = false;
  return {
    push: (piece) => {
      let at = held.length;
      for (const character of piece) {
        for (const folded of foldCharacter(character)) {
          if (folded === ' ' && wasSpace) continue;
          wasSpace = folded === ' ';
          node = step(node, folded);
          if (node.label) throw new OutputBlocked(node.label);
          starts.push(at);
        }
        at += character.length;
      }
      starts = node.depth === 0 ? [] : starts.slice(-node.depth);
      held += piece;
      const open = starts[0] ?? held.length;
      const ready = held.slice(0, open);
      held = held.slice(open);
      starts = starts.map((start) => start - open);
      return ready;
    },
    end: () => {
      const rest = held;
      held = '';
      return rest;
    },
  };
}
