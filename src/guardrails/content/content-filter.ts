import { guardText, type GuardedText } from '../text/guarded-text.ts';
import type { ContentCategory, ContentScores } from '../verdict.ts';
import { ContentPolicy } from './content-policy.ts';
import type { ContentRating, ContentScorer, SelfHarmKind } from './content-scorer.ts';
import { rateLocally } from './rate-locally.ts';

export type ContentVerdict = {
  blocked: boolean;
  /** A sentence that names the category and quotes nothing; null unless blocked. */
  reason: string | null;
  /** The blocked category that is the furthest above its threshold; null unless blocked. */
  category: ContentCategory | null;
  /** That category's probability, or the highest of all where nothing is blocked. */
  score: number;
  scores: ContentScores;
  /** Of a text about harming oneself: a cry for help wants an answer, not a refusal. */
  selfHarmKind: SelfHarmKind | null;
};

const REASONS: Record<ContentCategory, string> = {
  violence: 'The text threatens, glorifies or asks for violence or crime.',
  hate: 'The text attacks people for what they are.',
  self_harm: 'The text is about harming oneself.',
  sexual: 'The text is sexually explicit.',
  profanity: 'The text has swear words.',
};

/** Blocks violence, hate, self-harm, sexual content and, where the policy says so, profanity. */
export class ContentFilter {
  readonly #policy: ContentPolicy;
  readonly #scorer: ContentScorer | undefined;

  /** `scorer` is asked besides the shipped model: each category counts as the higher of both. */
  constructor({
    policy = new ContentPolicy(),
    scorer,
  }: { policy?: ContentPolicy; scorer?: ContentScorer | undefined } = {}) {
    this.#policy = policy;
    this.#scorer = scorer;
  }

  /** Judges a text. Rejects where the scorer could not be asked: nothing passes unseen. */
  async check(text: string | GuardedText, signal?: AbortSignal): Promise<ContentVerdict> {
    const guarded = typeof text === 'string' ? guardText(text) : text;
    return this.checkRated(guarded, rateLocally(guarded), signal);
  }

  /** The same of a text that the shipped model has rated already. */
  async checkRated(
    text: string | GuardedText,
    local: ContentRating,
    signal?: AbortSignal,
  ): Promise<ContentVerdict> {
    if (!this.#scorer) return judgeRating(local, this.#policy);
    const guarded = typeof text === 'string' ? guardText(text) : text;
    return judgeRating(higher(local, await this.#scorer.rate(guarded, signal)), this.#policy);
  }

  /** What the shipped model says, at once: for text that streams, and, not `closely`, for a long one that only needs a look. */
  judge(text: GuardedText, closely = true): ContentVerdict {
    return judgeRating(rateLocally(text, closely), this.#policy);
  }
}

function judgeRating({ scores, selfHarmKind }: ContentRating, policy: ContentPolicy): ContentVerdict {
  const excess = ([category, threshold]: [ContentCategory, number]) => scores[category] - threshold;
  const [worst] = [...policy.blocked]
    .filter((limit) => excess(limit) >= 0)
    .sort((a, b) => excess(b) - excess(a));
  const category = worst?.[0] ?? null;
  return {
    blocked: category !== null,
    reason: category && REASONS[category],
    category,
    score: category ? scores[category] : Math.max(...Object.values(scores)),
    scores,
    selfHarmKind,
  };
}

function higher(one: ContentRating, other: ContentRating): ContentRating {
  const max = (category: ContentCategory) => Math.max(one.scores[category], other.scores[category]);
  return {
    scores: {
      violence: max('violence'),
      hate: max('hate'),
      self_harm: max('self_harm'),
      sexual: max('sexual'),
      profanity: max('profanity'),
    },
    selfHarmKind: one.selfHarmKind ?? other.selfHarmKind,
  };
}
