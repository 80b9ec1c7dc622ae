import { loadTextClassifier, type CloseLook } from '../classifier/text-classifier.ts';
import type { GuardedText } from '../text/guarded-text.ts';
import type { ContentLabel } from './content-labels.ts';
import type { ContentRating } from './content-scorer.ts';
import { hasRudeWord, listMarks } from './list-marks.ts';

/** Below it self-harm has no kind. */
const LIKELY = 0.2;
const UNLISTED = 0.05;
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
  const of = (label: ContentLabel) => probabilities[labels.indexOf(label)]!;
  const selfHarm = of('self_harm');
  return {
    scores: {
      violence: Math.max(of('violence'), of('crime')),
      hate: of('hate'),
      self_harm: selfHarm,
      sexual: of('sexual'),
      // The model has seen swear words in rude tweets alone: where no word is one, their tone proves nothing.
      profanity: hasRudeWord(text) ? of('profanity') : Math.min(of('profanity'), UNLISTED),
    },
    selfHarmKind: selfHarm < LIKELY ? null : of('help') > 0.5 ? 'help_seeking' : 'means',
  };
}
