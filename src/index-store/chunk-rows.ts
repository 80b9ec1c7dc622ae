import { chunkDocument } from '../documents/chunk-document.ts';
import type { Block } from '../documents/document.ts';
import { detectLanguage } from '../language/detect-language.ts';
import type { Language } from '../language/languages.ts';
import { termHasher, termVector, type TermVector } from './terms.ts';

/** A chunk ready to be stored. */
export type ChunkRow = TermVector & {
  ordinal: number;
  headingPath: string[];
  text: string;
  start: number;
  end: number;
};

export type IndexableDocument = { tenant: string; title: string; text: string; blocks: Block[] };

export type ChunkedDocument = { language: Language; rows: ChunkRow[] };

/** Cuts a document and counts its terms: the title and the headings above a chunk are indexed with its text. */
export function chunkRows({ tenant, title, text, blocks }: IndexableDocument): ChunkedDocument {
  const language = detectLanguage(text);
  const hash = termHasher(tenant);
  const rows = chunkDocument(text, blocks).map((chunk, ordinal) => {
    const body = text.slice(chunk.start, chunk.end);
    return {
      ordinal,
      headingPath: chunk.headingPath,
      text: body,
      start: chunk.start,
      end: chunk.end,
      ...termVector(contextOf(title, chunk.headingPath, body), language, hash),
    };
  });
  return { language, rows };
}

/** What is indexed and embedded for a chunk: where it stands (a title that is also the first heading, once), then what it says. */
export function contextOf(title: string, headingPath: readonly string[], body: string): string {
  return [...new Set([title, ...headingPath]), body].join('\n');
}
