import { rateLocally } from './content/rate-locally.ts';
import type { ContentRating } from './content/content-scorer.ts';
import type { InjectionDetector } from './injection/injection-detector.ts';
import type { PiiDetector } from './pii/pii-detector.ts';
import { redacted } from './pii/placeholders.ts';
import { replaceEntities } from './pii/replace-entities.ts';
import { guardText, type GuardedText } from './text/guarded-text.ts';
import { TopicRestrictor } from './topics/topic-restrictor.ts';
import type { Direction, InjectionVerdict, PiiEntity, TopicVerdict } from './verdict.ts';

/** What a look goes by: plain data, since it may be done in a worker thread. */
export type LookOptions = {
  direction: Direction;
  topicsAllowed: readonly string[];
  topicsBlocked: readonly string[];
  /** Whether content is rated without the values, as a scorer outside may read the text. */
  withoutValues: boolean;
};

/** What the guardrails that ship say of one text, each at its call. */
export type Looks = {
  pii(): PiiEntity[];
  content(): ContentRating;
  topic(): TopicVerdict;
  injection(): InjectionVerdict;
};

const ANY_TOPIC: TopicVerdict = { allowed: true, score: 1, topic: null };

/** They share one normalisation and one cut into words. Only a question has to keep to a topic. */
export function lookAt(
  text: GuardedText,
  { direction, topicsAllowed, topicsBlocked, withoutValues }: LookOptions,
  { pii, injection }: { pii: PiiDetector; injection: InjectionDetector },
): Looks {
  let entities: PiiEntity[] | undefined;
  const findPii = () => (entities ??= pii.scan(text).entities);
  return {
    pii: findPii,
    content: () => rateLocally(withoutValues ? guardText(valuesTaken(text.original, findPii())) : text),
    topic: () =>
      direction === 'input'
        ? new TopicRestrictor({ allowedTopics: topicsAllowed, blockedTopics: topicsBlocked }).judge(text)
        : ANY_TOPIC,
    injection: () => injection.check(text, direction),
  };
}

/** A text as a scorer outside may read it. */
export function valuesTaken(original: string, entities: readonly PiiEntity[]): string {
  return replaceEntities(original, entities, ({ type }) => redacted(type));
}
