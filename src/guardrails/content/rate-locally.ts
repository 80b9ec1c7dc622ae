import { loadTextClassifier, type CloseLook } from '../classifier/text-classifier.ts';
import type { GuardedText } from '../text/guarded-text.ts';
import type { ContentLabel } from './content-labels.ts';
import type { ContentRating } from './content-scorer.ts';
import { listMarks, rudenessOf } from './list-marks.ts';

/** Below it self-harm has no kind. */
const LIKELY = 0.2;
const UNLISTED = 0.05;
const LISTED = 0.9;
const SURELY_RUDE = 2;
/** Chosen where a threat inside an article is found and articles on wars and crimes pass. */
const CLOSE_LOOK: CloseLook = { leastWords: 60, mostWords: 30, from: 0.003, discount: 0.9 };

/**
 * Rates a text with the model that ships, in this process, without waiting for anything; `closely`, by the sentence too. A
 * request for what the law forbids counts as violence: the contract has no category of its own for it.
 *
 * @throws SettingsError where the model is missing or damaged
 */
export function rateLocally(text: GuardedText, closely = true): ContentRating {
  const { labels, classify } = loadTextClassifier('content');
  const probabilities = classify(text, listMarks(text), closely ? CLOSE_LOOK : undefined);
  const rudeness = rudenessOf(text);
  // One word that is not rude says nothing by itself: it is something that is looked for.
  const most = text.tokens.count <= 1 && rudeness === 0 ? UNLISTED : 1;
  const of = (label: ContentLabel) => Math.min(most, probabilities[labels.indexOf(label)]!);
  const selfHarm = of('self_harm');
  return {
    scores: {
      violence: Math.max(of('violence'), of('crime')),
      hate: of('hate'),
      self_harm: selfHarm,
      sexual: of('sexual'),
      profanity: profanityOf(rudeness, of('profanity')),
    },
    selfHarmKind: selfHarm < LIKELY ? null : of('help') > 0.5 ? 'help_seeking' : 'means',
  };
}

/** The model has seen swear words in rude tweets alone: the list has the word where it is sure, and where it knows none. */
function profanityOf(rudeness: number, likely: number): number {
  if (rudeness === 0) return Math.min(likely, UNLISTED);
  return rudeness >= SURELY_RUDE ? Math.max(likely, LISTED) : likely;
}
