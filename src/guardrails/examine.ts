import { ContentFilter, type ContentVerdict } from './content/content-filter.ts';
import { ContentPolicy, DEFAULT_THRESHOLDS, WRITTEN_THRESHOLDS } from './content/content-policy.ts';
import type { ContentScorer } from './content/content-scorer.ts';
import type { InjectionDetector } from './injection/injection-detector.ts';
import { unobserved, type ObserveGuardrail } from './observe-guardrail.ts';
import type { PiiDetector } from './pii/pii-detector.ts';
import { redacted } from './pii/placeholders.ts';
import { replaceEntities } from './pii/replace-entities.ts';
import type { GuardrailPolicy } from './policy.ts';
import { guardText, type GuardedText } from './text/guarded-text.ts';
import { TopicRestrictor } from './topics/topic-restrictor.ts';
import type { Direction, InjectionVerdict, PiiEntity, TopicVerdict } from './verdict.ts';

/** What every guardrail says of one text. */
export type Examination = {
  entities: PiiEntity[];
  content: ContentVerdict;
  topic: TopicVerdict;
  injection: InjectionVerdict;
};

/** All guardrails at once: they share one normalisation and one cut into words. Only a question has to keep to a topic. */
export type Examine = (
  text: GuardedText,
  direction: Direction,
  policy: GuardrailPolicy,
) => Promise<Examination>;

export type ExamineParts = {
  pii: PiiDetector;
  injection: InjectionDetector;
  scorer: ContentScorer | undefined;
  observe?: ObserveGuardrail;
};

const ANY_TOPIC: TopicVerdict = { allowed: true, score: 1, topic: null };

export function createExamine({ pii, injection, scorer, observe = unobserved }: ExamineParts): Examine {
  return async (text, direction, { piiAction, contentBlock, topicsAllowed, topicsBlocked }) => {
    const { entities } = observe(
      'pii',
      direction,
      () => pii.scan(text),
      (found) => found.entities.map(({ type }) => `PII/${type}`),
    );
    const thresholds = direction === 'input' ? DEFAULT_THRESHOLDS : WRITTEN_THRESHOLDS;
    const content = new ContentFilter({ policy: ContentPolicy.of(contentBlock, thresholds), scorer });
    const restrictor = new TopicRestrictor({ allowedTopics: topicsAllowed, blockedTopics: topicsBlocked });
    // A scorer outside reads what a model outside may read.
    const seen = scorer && piiAction !== 'off' ? guardText(withoutValues(text, entities)) : text;
    return {
      entities,
      content: await observe(
        'content',
        direction,
        () => content.check(seen),
        ({ blocked, category }) => (blocked ? [`content/${category ?? 'unknown'}`] : []),
      ),
      topic:
        direction === 'input'
          ? observe(
              'topic',
              direction,
              () => restrictor.judge(text),
              ({ allowed }) => (allowed ? [] : ['topic']),
            )
          : ANY_TOPIC,
      injection: observe(
        'injection',
        direction,
        () => injection.check(text, direction),
        ({ detected }) => (detected ? ['injection'] : []),
      ),
    };
  };
}

function withoutValues({ original }: GuardedText, entities: readonly PiiEntity[]): string {
  return replaceEntities(original, entities, ({ type }) => redacted(type));
}
