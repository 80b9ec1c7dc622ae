import { AppError } from '../errors/app-error.ts';
import { cleanCode, cleanProse } from './clean-text.ts';
import { MEDIA_TYPES } from './document.ts';
import type { Block, DocumentFormat, ExtractedDocument, HiddenKind } from './document.ts';
import { collectHidden } from './hidden-text.ts';
import type { ParseLimits } from './parse-limits.ts';

export type TextBuilder = {
  /**
   * Adds one block, or nothing where `text` is only white space. A list of lines keeps its line breaks; a string's
   * line breaks become spaces, except in code.
   * @throws AppError `too_large` past `maxTextChars`.
   */
  add: (kind: Block['kind'], text: string | string[], level?: number) => void;
  /** Reports text that no reader sees; it does not become part of the document. */
  hide: (kind: HiddenKind, text: string) => void;
  /** The document so far; its title is the given one, or else its first heading of the first level. */
  build: (format: DocumentFormat, title?: string) => ExtractedDocument;
};

/** Assembles a document's text and keeps each block's offsets exact. */
export function createTextBuilder(limits: Pick<ParseLimits, 'maxTextChars'>): TextBuilder {
  const parts: string[] = [];
  const blocks: Block[] = [];
  const hidden = collectHidden();
  let length = 0;

  return {
    hide: hidden.add,

    add(kind, text, level) {
      const clean = cleanBlock(kind, text);
      if (clean === '') return;
      const separator = separatorBetween(blocks.at(-1)?.kind, kind);
      const start = length + separator.length;
      length = start + clean.length;
      refuseLongText(length, limits);
      parts.push(separator, clean);
      blocks.push({ kind, start, end: length, ...(level !== undefined && { level }) });
    },

    build(format, title) {
      const text = parts.join('');
      const heading = blocks.find(
        (block, index) => block.kind === 'heading' && (block.level === 1 || index === 0),
      );
      const name = cleanProse(title ?? '') || (heading && text.slice(heading.start, heading.end));
      return {
        text,
        blocks,
        ...(name && { title: name.slice(0, 300) }),
        mediaType: MEDIA_TYPES[format],
        ...(hidden.pieces.length > 0 && { hidden: hidden.pieces }),
      };
    },
  };
}

/** @throws AppError `too_large` past `maxTextChars`. */
export function refuseLongText(length: number, { maxTextChars }: Pick<ParseLimits, 'maxTextChars'>): void {
  if (length <= maxTextChars) return;
  throw new AppError('too_large', `The document holds more than ${maxTextChars} characters of text.`);
}

function cleanBlock(kind: Block['kind'], text: string | string[]): string {
  if (typeof text === 'string') return kind === 'code' ? cleanCode(text) : cleanProse(text);
  return text
    .map(cleanProse)
    .filter((line) => line !== '')
    .join('\n');
}

function separatorBetween(previous: Block['kind'] | undefined, next: Block['kind']): string {
  if (previous === undefined) return '';
  return previous === next && (next === 'list_item' || next === 'table_row') ? '\n' : '\n\n';
}
