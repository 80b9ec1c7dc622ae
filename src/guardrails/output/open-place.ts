import type { KnownValues } from '../pii/known-values.ts';
import { openNamesFrom } from '../pii/tagger/tag-entities.ts';
import { guardText } from '../text/guarded-text.ts';
import { unfinishedMarkup, withoutMarkup } from '../text/without-markup.ts';
import { openTail } from './open-tail.ts';

/**
 * The first place of a text that what follows may still make part of a finding of the shipped detector: of names and
 * addresses exactly, by what the tagger still waits for; of the rest by how the end of the text looks. As the text stands and as it
 * is read, since markup may split a value, and marks that are not finished will be none of it.
 */
export function openPlace(text: string, known: KnownValues): number {
  const finished = text.slice(0, unfinishedMarkup(text));
  const read = withoutMarkup(finished);
  const open = openIn(text, known);
  if (!read) return finished.length < text.length ? Math.min(open, openIn(finished, known)) : open;
  const place = openIn(read.text, known);
  return Math.min(open, read.toWritten(place, place).start);
}

function openIn(text: string, known: KnownValues): number {
  const guarded = guardText(text);
  const open = Math.min(openNamesFrom(guarded), known.openFrom(guarded.text));
  return Math.min(openTail(text), guarded.toOriginal(open, open).start);
}
