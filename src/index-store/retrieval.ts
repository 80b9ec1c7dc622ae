import type { Language } from '../language/languages.ts';

/** Restricts retrieval to documents whose fields equal these. */
export type Filter = { source?: string | undefined; metadata?: Record<string, unknown> | undefined };

/** A chunk as it was found. `score` is in 0..1: by its words, by its meaning and with its neighbours (`fusion.ts`). */
export type RetrievedChunk = {
  id: string;
  documentId: string;
  title: string;
  source: string | null;
  headingPath: string[];
  text: string;
  /** Where `text` stands in the document's extracted text, in UTF-16 code units. */
  start: number;
  end: number;
  score: number;
  /** By its words: the share of the most that any chunk could score, 0..1. */
  lexical: number;
  /** By its meaning: the cosine of its embedding and the question's; null where either has none. */
  dense: number | null;
};

/**
 * A word of the question that says what is asked: its stems, its weight (idf: rare words weigh more), and whether any
 * document of the tenant has it.
 */
export type QuestionTerm = { stems: string[]; weight: number; isKnown: boolean };

/** What was found, and what the index knows of the question. `languages` are those of the tenant's documents. */
export type Retrieval = { chunks: RetrievedChunk[]; terms: QuestionTerm[]; languages: Language[] };
