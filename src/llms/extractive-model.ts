import { coverage } from '../evidence/coverage.ts';
import type { Asked, Evidence } from '../evidence/rank-sentences.ts';
import type { WeighedEvidence } from '../evidence/weigh-evidence.ts';
import { CITATION_MARK, NOT_IN_DOCUMENTS, type AnswerModel, type AnswerPart } from './answer-model.ts';

const NAME = 'extractive';
/** Says what it is: nobody should take quoted sentences for a written answer. */
const LEAD = 'Quoted from the documents: ';
const MOST_SENTENCES = 3;
/** Below this estimated probability of holding the answer, even the best sentence is no answer. */
const REFUSAL_THRESHOLD = 0.12;
/** If no more than this share of the question is in any document, its words that are there by chance prove nothing. */
const FEWEST_KNOWN = 0.5;
/** A further sentence is quoted if it scores almost as well, and says something of the question that the others do not. */
const FURTHER_SCORE_GAP = 1.5;
const FURTHER_COVERAGE = 0.15;
/** A source's own footnotes would read as citations of ours. */
const OWN_MARKS = new RegExp(`\\s?${CITATION_MARK.source}`, 'g');

/** Answers without a language model: with the sentences that support an answer best, word for word, cited. */
export function createExtractiveModel(): AnswerModel {
  return {
    name: NAME,
    async *answer({ asked, evidence }): AsyncIterable<AnswerPart> {
      const quoted = chooseSentences(asked, evidence);
      if (quoted.length === 0) yield { type: 'text', text: NOT_IN_DOCUMENTS };
      for (const [place, { text, passage }] of quoted.entries()) {
        const words = text.replace(OWN_MARKS, '').replace(/\s+/g, ' ').trim();
        yield { type: 'text', text: `${place === 0 ? LEAD : ' '}${words} [${passage.index}]` };
      }
      const usage = { promptTokens: 0, completionTokens: 0 };
      yield { type: 'end', model: NAME, usage, finishReason: 'stop' };
    },
  };
}

/** The share, by weight, of what is asked that the documents speak of at all. */
function knownShare(terms: Asked['terms']): number {
  const weigh = (some: Asked['terms']) => some.reduce((sum, { weight }) => sum + weight, 0);
  return weigh(terms.filter(({ isKnown }) => isKnown)) / weigh(terms);
}

function chooseSentences({ terms }: Asked, { ranked, probability }: WeighedEvidence): Evidence[] {
  const [best] = ranked;
  if (!best || probability < REFUSAL_THRESHOLD || knownShare(terms) <= FEWEST_KNOWN) return [];
  const chosen: Evidence[] = [];
  const said = new Set<string>();
  for (const one of ranked) {
    if (chosen.length === MOST_SENTENCES || one.score < best.score - FURTHER_SCORE_GAP) break;
    const gain = coverage(terms, new Set([...said, ...one.stems])) - coverage(terms, said);
    if (chosen.length > 0 && gain < FURTHER_COVERAGE) continue;
    chosen.push(one);
    for (const stem of one.stems) said.add(stem);
  }
  return chosen;
}
