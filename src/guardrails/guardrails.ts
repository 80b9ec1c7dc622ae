import { DEFAULT_TENANT } from '../auth/principal.ts';
import type { Settings } from '../config/schema.ts';
import type { Whose } from '../event-loop/whose.ts';
import { ContentFilter } from './content/content-filter.ts';
import { ContentPolicy, WRITTEN_THRESHOLDS } from './content/content-policy.ts';
import type { ContentScorer } from './content/content-scorer.ts';
import { contentScorers } from './content/index.ts';
import { admitQuestion, type AdmittedQuestion } from './admit-question.ts';
import { createExamine, type Examination } from './examine.ts';
import { failClosed } from './fail-closed.ts';
import { createInjectionDetector } from './injection/injection-detector.ts';
import { createLookPool } from './look-pool.ts';
import type { ObserveGuardrail } from './observe-guardrail.ts';
import { createOutputGuard, type OutputGuard } from './output-guard.ts';
import { PiiDetector } from './pii/pii-detector.ts';
import { policyOf, type GuardrailPolicy } from './policy.ts';
import { createScreenPassages, type ScreenPassages } from './screen-passages.ts';
import { DEFAULT_REJECTION } from './topics/topic-restrictor.ts';
import type { Direction } from './verdict.ts';

/** The two doors: what a question must pass on its way in, and every answer on its way out. */
export type Guardrails = {
  policy: GuardrailPolicy;
  /**
   * What every guardrail says of a text, without acting on it. A long text is looked at in a worker thread, by turns of the
   * tenants.
   *
   * @throws AppError `guardrail_unavailable`, or `unavailable` where too many long texts wait
   */
  examine(text: string, direction: Direction, policy?: GuardrailPolicy, whose?: Whose): Promise<Examination>;
  /**
   * Lets a question in, with its personal data masked or redacted, or with what to answer instead.
   *
   * @throws AppError `pii_blocked`, `prompt_injection`, `content_blocked`, `guardrail_unavailable`, `unavailable`
   */
  admit(question: string, whose?: Whose): Promise<AdmittedQuestion>;
  /** Drops or flags passages that hold instructions to a model. */
  screen: ScreenPassages;
  output: OutputGuard;
  /**
   * Reads the models, and nothing outside this process, so that the first question need not wait for them.
   *
   * @throws AppError `guardrail_unavailable` where one is missing or damaged
   */
  warmUp(): Promise<void>;
  /** Stops the worker threads. */
  close(): Promise<void>;
};

export type GuardrailsOptions = {
  observe?: ObserveGuardrail;
  /** Of calls to a provider. */
  headers?: () => Record<string, string>;
  /** May watch the provider that rates content, where there is one. */
  observeScorer?: (scorer: ContentScorer) => ContentScorer;
};

const NOBODY: Whose = { tenant: DEFAULT_TENANT };

/** All guardrails, by the settings. The models are read at the first use, or by `warmUp`. */
export function createGuardrails(
  settings: Settings,
  { observe, headers, observeScorer = (scorer) => scorer }: GuardrailsOptions = {},
): Guardrails {
  const policy = policyOf(settings);
  const piiOptions = { allowedValues: settings.PII_ALLOWED_VALUES };
  const pii = new PiiDetector(piiOptions);
  const injection = createInjectionDetector();
  const content = new ContentFilter({ policy: ContentPolicy.of(policy.contentBlock, WRITTEN_THRESHOLDS) });
  const made = contentScorers[settings.CONTENT_SCORER](settings, headers);
  const scorer = made && observeScorer(made);
  const pool = createLookPool({ pii: piiOptions });
  const examine = createExamine({ pii, injection, scorer, pool, ...(observe ? { observe } : {}) });
  const messages = {
    topic: settings.TOPICS_REJECTION_MESSAGE ?? DEFAULT_REJECTION,
    selfHarm: settings.SELF_HARM_MESSAGE,
  };
  return {
    policy,
    examine: (text, direction, given = policy, whose = NOBODY) =>
      failClosed(() => examine(text, direction, given, whose)),
    admit: (question, whose = NOBODY) =>
      failClosed(async () =>
        admitQuestion(question, await examine(question, 'input', policy, whose), policy, messages),
      ),
    screen: createScreenPassages(policy.injectionAction),
    output: createOutputGuard({ pii, content, policy }),
    warmUp: async () => {
      const examineHere = createExamine({ pii, injection, scorer: undefined });
      await failClosed(() => examineHere('Are the guardrails ready?', 'input', policy, NOBODY));
    },
    close: () => pool.close(),
  };
}
