import type { ContentScores } from '../verdict.ts';
import type { GuardedText } from '../text/guarded-text.ts';

/** Self-harm is one of two things: somebody who needs help, or a wish for means or company. */
export type SelfHarmKind = 'help_seeking' | 'means';

/** `selfHarmKind` is null where self-harm is not likely, or the scorer cannot tell the kinds apart. */
export type ContentRating = { scores: ContentScores; selfHarmKind: SelfHarmKind | null };

/** Says how harmful a text is. It rejects where it cannot say: nobody may take that for harmless. */
export type ContentScorer = {
  /** For metrics and the audit. */
  readonly name: string;
  rate(text: GuardedText, signal?: AbortSignal): Promise<ContentRating>;
};
