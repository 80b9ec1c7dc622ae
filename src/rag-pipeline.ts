import { DEFAULT_TENANT } from './auth/principal.ts';
import { compose } from './compose.ts';
import type { Filter } from './index-store/retrieval.ts';
import type { IngestedDocument } from './ingest/ingested-document.ts';
import { draftFromText, type DocumentFields } from './ingest/document-draft.ts';
import { servePipeline } from './pipeline-application.ts';
import { finalAnswer, type Answer } from './rag/answer.ts';
import { DEFAULT_TOP_K } from './rag/retrieve.ts';
import { openSettings } from './secrets/open-settings.ts';

/** On whose behalf the pipeline is used; by default the tenant `default`, in no group. */
export type Caller = { tenant?: string; groups?: string[] };

export type RunOptions = Caller & { topK?: number; filter?: Filter; signal?: AbortSignal };

/** What `createApp` serves, and the two things that callers do with it without HTTP. */
export type RagPipeline = {
  /**
   * Answers a question from the documents; `topK` chunks are retrieved, 5 by default.
   *
   * @throws AppError `pii_blocked`, `prompt_injection`, `content_blocked`, `guardrail_unavailable`, `rate_limited`, `token_limited`, `budget_exceeded`, `upstream_error`, `upstream_timeout`, `unavailable`
   */
  run(question: string, options?: RunOptions): Promise<Answer>;
  /**
   * Takes texts in and waits until they are searchable: all of them, or none. A caller with groups takes them in for
   * these, or for those of them that a text names.
   *
   * @throws AppError `unprocessable_document`, `forbidden`, `conflict`, `unavailable`
   */
  ingestTexts(texts: ({ text: string } & DocumentFields)[], caller?: Caller): Promise<IngestedDocument[]>;
  /** Ends what is under way and closes every store. */
  close(): Promise<void>;
};

/**
 * Opens a pipeline. Settings are those of the environment, with `overrides` (by the same names) on top.
 *
 * @throws SettingsError for settings that are wrong; AppError `unavailable` when a store cannot be reached
 */
export async function createRagPipeline(overrides: Record<string, string> = {}): Promise<RagPipeline> {
  const { settings, read, close: closeSource } = await openSettings(overrides);
  const application = await compose(settings, { read });
  const { answerQuestion, guardrails, ingest } = application;
  return servePipeline(application, {
    close: async () => {
      await application.close();
      await closeSource();
    },
    run: async (
      question,
      { tenant = DEFAULT_TENANT, groups = [], topK = DEFAULT_TOP_K, filter, signal } = {},
    ) => {
      const options = { stream: false, signal: signal ?? new AbortController().signal };
      const principal = { tenant, groups, subject: 'library', scopes: ['query' as const] };
      const admitted = await guardrails.admit(question, { tenant, signal });
      return finalAnswer(answerQuestion(principal, { admitted, topK, filter }, options));
    },
    ingestTexts: async (texts, { tenant = DEFAULT_TENANT, groups = [] } = {}) =>
      ingest.acceptAndWait(
        { tenant, groups },
        texts.map(({ text, ...fields }) => draftFromText(text, fields)),
      ),
  });
}
