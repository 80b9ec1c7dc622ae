import { createHash } from 'node:crypto';
import type { Block, ExtractedDocument } from '../documents/document.ts';
import { removeForbidden } from '../documents/clean-text.ts';
import { findBlocks } from '../documents/plain-text.ts';
import { AppError } from '../errors/app-error.ts';
import type { Finding } from '../guardrails/audit-draft.ts';

/** What the sender says of a document beside its content. */
export type DocumentFields = {
  title?: string | undefined;
  /** Where it comes from (a path, a URL): the same source again is a new version. */
  source?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  /** Who may retrieve it; empty: everyone in the tenant. Absent: whoever may retrieve the version that stands. */
  groups?: string[] | undefined;
};

/** A document on its way to the index: extracted, named, not yet stored. */
export type DocumentDraft = Omit<ExtractedDocument, 'title' | 'blocks'> & {
  title: string;
  /** Absent: they are still to be found in the text, off the event loop. */
  blocks?: Block[];
  source: string | null;
  /** What the audit found, where somebody has looked at it and lets the document in. */
  released?: Finding[];
  metadata: Record<string, unknown>;
  /** Absent: those that stand. */
  groups?: string[] | undefined;
};

/** A draft that was taken in: who may retrieve it is decided. */
export type AcceptedDraft = DocumentDraft & { groups: string[] };

const LONGEST_TITLE = 200;
/** Enough to hold the first block, or as much of it as a title may have. */
const BEGINNING_CHARS = 4_000;

/** Makes a draft of text that was sent as such: offsets are into that text. */
export function draftFromText(text: string, fields: DocumentFields): DocumentDraft {
  const clean = removeForbidden(text);
  const beginning = clean.slice(0, BEGINNING_CHARS).trim() === '' ? clean.trimStart() : clean;
  if (beginning === '')
    throw new AppError('unprocessable_document', 'The document is empty: there is no text to index.');
  // Only what the title needs: a long text's structure is found by whoever cuts it.
  const start = beginning.slice(0, BEGINNING_CHARS);
  const { blocks: _, ...draft } = draftFromFile(
    { text: start, blocks: findBlocks(start), mediaType: 'text/plain' },
    fields,
  );
  return { ...draft, text: clean };
}

/** Makes a draft of an extracted document. Its title: the sender's, else its own, else the file's name, else how it begins. */
export function draftFromFile(
  extracted: ExtractedDocument,
  fields: DocumentFields,
  filename?: string,
): DocumentDraft & { blocks: Block[] } {
  const first = extracted.blocks[0];
  const beginning = first
    ? extracted.text.slice(first.start, Math.min(first.end, first.start + LONGEST_TITLE))
    : '';
  const title = fields.title ?? extracted.title ?? filename ?? firstLine(beginning);
  return {
    text: extracted.text,
    blocks: extracted.blocks,
    mediaType: extracted.mediaType,
    ...(extracted.hidden ? { hidden: extracted.hidden } : {}),
    title: removeForbidden(title).trim().slice(0, LONGEST_TITLE) || 'Untitled',
    source: fields.source ?? null,
    metadata: fields.metadata ?? {},
    groups: fields.groups && inOneOrder(fields.groups),
  };
}

/** Each group once, so that the same groups are equal. */
export function inOneOrder(groups: readonly string[]): string[] {
  return [...new Set(groups)].sort();
}

/** Equal for the same text, whatever it is called and wherever it came from. */
export function contentHash(draft: DocumentDraft): Buffer {
  return createHash('sha256').update(draft.text).digest();
}

function firstLine(text: string): string {
  const line = text.replace(/^[#=\s*-]+/, '').split('\n')[0] ?? '';
  return line.length > 80 ? `${line.slice(0, 79).replace(/\s+\S*$/, '')}…` : line;
}
