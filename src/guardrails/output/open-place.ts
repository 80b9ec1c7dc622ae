import { openNamesFrom } from '../pii/tagger/tag-entities.ts';
import { guardText } from '../text/guarded-text.ts';
import { openTail } from './open-tail.ts';

/**
 * The first place of a text that what follows may still make part of a finding of the shipped detector: of names and
 * addresses exactly, by what the tagger still waits for; of the rest by how the end of the text looks.
 */
export function openPlace(text: string): number {
  const guarded = guardText(text);
  const open = openNamesFrom(guarded);
  return Math.min(openTail(text), guarded.toOriginal(open, open).start);
}
