import { CONTENT_CATEGORIES, type ContentCategory } from '../verdict.ts';

export type ContentPolicyOptions = {
  /** True by default, as all but `blockProfanity`. */
  blockViolence?: boolean;
  blockHateSpeech?: boolean;
  blockSelfHarm?: boolean;
  blockSexualContent?: boolean;
  blockProfanity?: boolean;
  /** Probabilities, 0..1, from which a category counts as present. */
  thresholds?: Partial<Record<ContentCategory, number>>;
};

/** Chosen by cross-validation, where few benign prompts were blocked and plain requests for harm were found. */
export const DEFAULT_THRESHOLDS: Readonly<Record<ContentCategory, number>> = {
  violence: 0.22,
  hate: 0.45,
  self_harm: 0.2,
  sexual: 0.5,
  profanity: 0.5,
};

/**
 * What is quoted of documents, and documents themselves, speak of wars and crimes, and are no request for them: there it
 * takes more to be sure.
 */
export const WRITTEN_THRESHOLDS: Readonly<Record<ContentCategory, number>> = {
  violence: 0.6,
  hate: 0.6,
  self_harm: 0.6,
  sexual: 0.6,
  profanity: 0.6,
};

/** What a `ContentFilter` blocks, and from which probability on. */
export class ContentPolicy {
  /** The categories that are blocked, each with its threshold. */
  readonly blocked: ReadonlyMap<ContentCategory, number>;

  constructor({
    blockViolence = true,
    blockHateSpeech = true,
    blockSelfHarm = true,
    blockSexualContent = true,
    blockProfanity = false,
    thresholds = {},
  }: ContentPolicyOptions = {}) {
    const isBlocked: Record<ContentCategory, boolean> = {
      violence: blockViolence,
      hate: blockHateSpeech,
      self_harm: blockSelfHarm,
      sexual: blockSexualContent,
      profanity: blockProfanity,
    };
    this.blocked = new Map(
      CONTENT_CATEGORIES.filter((category) => isBlocked[category]).map((category) => [
        category,
        thresholds[category] ?? DEFAULT_THRESHOLDS[category],
      ]),
    );
  }

  /** The policy that blocks these categories and no others. */
  static of(
    categories: readonly ContentCategory[],
    thresholds: NonNullable<ContentPolicyOptions['thresholds']> = {},
  ): ContentPolicy {
    const has = (category: ContentCategory) => categories.includes(category);
    return new ContentPolicy({
      blockViolence: has('violence'),
      blockHateSpeech: has('hate'),
      blockSelfHarm: has('self_harm'),
      blockSexualContent: has('sexual'),
      blockProfanity: has('profanity'),
      thresholds,
    });
  }
}
