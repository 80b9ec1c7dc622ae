import { giveWay } from '../event-loop/give-way.ts';
import type { Whose } from '../event-loop/whose.ts';
import { ContentFilter, type ContentVerdict } from './content/content-filter.ts';
import { ContentPolicy, DEFAULT_THRESHOLDS, WRITTEN_THRESHOLDS } from './content/content-policy.ts';
import type { ContentScorer } from './content/content-scorer.ts';
import type { InjectionDetector } from './injection/injection-detector.ts';
import { belongsInPool, type LookPool } from './look-pool.ts';
import { lookAt, valuesTaken, type LookOptions, type Looks } from './looks.ts';
import { unobserved, type ObserveGuardrail } from './observe-guardrail.ts';
import type { PiiDetector } from './pii/pii-detector.ts';
import type { GuardrailPolicy } from './policy.ts';
import { guardText } from './text/guarded-text.ts';
import type { Direction, InjectionVerdict, PiiEntity, TopicVerdict } from './verdict.ts';

/** What every guardrail says of one text. */
export type Examination = {
  entities: PiiEntity[];
  content: ContentVerdict;
  topic: TopicVerdict;
  injection: InjectionVerdict;
};

/** All guardrails at once, here or, where that would hold the event loop for too long, in the pool. */
export type Examine = (
  text: string,
  direction: Direction,
  policy: GuardrailPolicy,
  whose: Whose,
) => Promise<Examination>;

export type ExamineParts = {
  pii: PiiDetector;
  injection: InjectionDetector;
  scorer: ContentScorer | undefined;
  /** Everything is done here where there is none. */
  pool?: LookPool;
  observe?: ObserveGuardrail;
};

type AnyLooks = { [Name in keyof Looks]: () => ReturnType<Looks[Name]> | Promise<ReturnType<Looks[Name]>> };

export function createExamine({ pii, injection, scorer, pool, observe = unobserved }: ExamineParts): Examine {
  const looksAt = (text: string, options: LookOptions, whose: Whose): AnyLooks => {
    const task = { text, options };
    if (!pool || !belongsInPool(task)) return lookAt(guardText(text), options, { pii, injection });
    const looked = pool.run(task, whose);
    return {
      pii: async () => (await looked).pii,
      content: async () => (await looked).content,
      topic: async () => (await looked).topic,
      injection: async () => (await looked).injection,
    };
  };
  return async (text, direction, { piiAction, contentBlock, topicsAllowed, topicsBlocked }, whose) => {
    await giveWay(whose.tenant);
    // A scorer outside reads what a model outside may read.
    const withoutValues = scorer !== undefined && piiAction !== 'off';
    const looks = looksAt(text, { direction, topicsAllowed, topicsBlocked, withoutValues }, whose);
    const entities = await observe('pii', direction, looks.pii, (found) =>
      found.map(({ type }) => `PII/${type}`),
    );
    const thresholds = direction === 'input' ? DEFAULT_THRESHOLDS : WRITTEN_THRESHOLDS;
    const filter = new ContentFilter({ policy: ContentPolicy.of(contentBlock, thresholds), scorer });
    const content = await observe(
      'content',
      direction,
      async () => {
        const rating = await looks.content();
        return filter.checkRated(withoutValues ? valuesTaken(text, entities) : text, rating, whose.signal);
      },
      ({ blocked, category }) => (blocked ? [`content/${category ?? 'unknown'}`] : []),
    );
    const topic =
      direction === 'input'
        ? await observe('topic', direction, looks.topic, ({ allowed }) => (allowed ? [] : ['topic']))
        : await looks.topic();
    return {
      entities,
      content,
      topic,
      injection: await observe('injection', direction, looks.injection, ({ detected }) =>
        detected ? ['injection'] : [],
      ),
    };
  };
}
