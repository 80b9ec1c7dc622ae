import { giveWay } from '../event-loop/give-way.ts';
import type { Passage } from '../evidence/passage.ts';
import type { Asked, Evidence } from '../evidence/rank-sentences.ts';
import type { WeighedEvidence } from '../evidence/weigh-evidence.ts';
import { stemsOf } from '../index-store/terms.ts';
import { isStopWord } from '../language/stop-words.ts';
import { sentences } from '../language/sentences.ts';
import type { Span } from '../language/span.ts';
import { words } from '../language/words.ts';

/** A claim's proof: `quote` is the document's text from `start` to `end`. */
export type Citation = {
  index: number;
  documentId: string;
  chunkId: string;
  title: string;
  source: string | null;
  quote: string;
  start: number;
  end: number;
  /** The passage's retrieval score. */
  score: number;
};

/** A citation of a passage by a piece of it, or by the whole. */
export function citationOf(
  { index, documentId, id, title, source, score }: Passage,
  { text, start, end }: Span & { text: string },
): Citation {
  return { index, documentId, chunkId: id, title, source, quote: text, start, end, score };
}

/** `confidence` in 0..1: how likely the passages hold the answer, times how much of what is said they support. */
export type VerifiedAnswer = { citations: Citation[]; confidence: number };

const MARKERS = /(\[\d{1,3}\](?:\s*\[\d{1,3}\])*)/;
/** A sentence with fewer words of content claims nothing that could be checked ("Yes.", "In short:"). */
const FEWEST_WORDS = 3;
/** A paraphrase shares about this much of its words with its source: from here on a sentence counts as supported. */
const FULL_SUPPORT = 0.6;
/** What a sentence is worth that gives a number which its source does not have. */
const WRONG_NUMBER_SUPPORT = 0.25;

type Claim = { text: string; cites: number[] };

/**
 * Holds every sentence of an answer against the passages that it cites: finds the sentence that supports it best, which
 * becomes the quote, and how far it does (the share of the claim's words, and all of its numbers, that are there). Gives way
 * to others as it goes.
 */
export async function verifyAnswer(
  answer: string,
  asked: Asked,
  { ranked, probability }: WeighedEvidence,
  tenant: string,
): Promise<VerifiedAnswer> {
  const byPassage = Map.groupBy(ranked, ({ passage }) => passage.index);
  const citations = new Map<number, { citation: Citation; strength: number }>();
  let supported = 0;
  let weight = 0;
  for (const claim of claims(answer)) {
    await giveWay(tenant);
    const content = contentWords(claim.text, asked);
    if (content.size < FEWEST_WORDS && claim.cites.length === 0) continue;
    let best = 0;
    for (const index of new Set(claim.cites)) {
      await giveWay(tenant);
      const proof = bestProof(content, byPassage.get(index) ?? []);
      if (!proof) continue;
      best = Math.max(best, proof.support);
      const known = citations.get(index);
      if (!known || proof.support > known.strength)
        citations.set(index, {
          citation: citationOf(proof.evidence.passage, proof.evidence),
          strength: proof.support,
        });
    }
    supported += content.size * Math.min(1, best / FULL_SUPPORT);
    weight += content.size;
  }
  const confidence = weight === 0 ? 0 : probability * (supported / weight);
  return {
    citations: [...citations.values()].map(({ citation }) => citation).sort((a, b) => a.index - b.index),
    confidence: Math.round(confidence * 100) / 100,
  };
}

/** Cuts an answer into claims: a marker belongs to the sentence, or the part of one, that it stands behind. */
function claims(answer: string): Claim[] {
  const found: Claim[] = [];
  for (const [place, piece] of answer.split(MARKERS).entries()) {
    if (place % 2 === 1) for (const index of indexes(piece)) found.at(-1)?.cites.push(index);
    else
      for (const { start, end } of sentences(piece)) found.push({ text: piece.slice(start, end), cites: [] });
  }
  return found;
}

function indexes(text: string): number[] {
  return [...text.matchAll(/\[(\d{1,3})\]/g)].map((match) => Number(match[1]));
}

function contentWords(text: string, { languages }: Asked): Set<string> {
  const content = words(text).filter((word) => !isStopWord(word, languages));
  return new Set(languages.flatMap((language) => stemsOf(content, language)));
}

function bestProof(
  content: ReadonlySet<string>,
  evidence: readonly Evidence[],
): { evidence: Evidence; support: number } | undefined {
  let best: { evidence: Evidence; support: number } | undefined;
  for (const one of evidence) {
    const missing = [...content].filter((stem) => !one.stems.has(stem));
    const share = content.size === 0 ? 0 : 1 - missing.length / content.size;
    const support = missing.some((stem) => /\d/.test(stem)) ? Math.min(share, WRONG_NUMBER_SUPPORT) : share;
    if (!best || support > best.support) best = { evidence: one, support };
  }
  return best;
}
