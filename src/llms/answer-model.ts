import type { Asked } from '../evidence/rank-sentences.ts';
import type { WeighedEvidence } from '../evidence/weigh-evidence.ts';
import type { Passage } from '../evidence/passage.ts';
import type { FinishReason } from './finish-reason.ts';

export type Prompt = { system: string; user: string };

/** One question with what was retrieved for it, both as data and as the prompt made of it. */
export type AnswerRequest = {
  asked: Asked;
  passages: readonly Passage[];
  /** The passages' sentences, already ranked as answers. */
  evidence: WeighedEvidence;
  /** The same for a model outside: without personal data, where the policy says so. */
  prompt: () => Prompt;
  /** Whether the answer is wanted piece by piece. */
  stream: boolean;
  /** Ends the call, upstream included. */
  signal: AbortSignal;
  /** Who waits for it, and what it may come to at the most; nothing for a model that costs nothing. */
  turn: { caller: string; most: MostTokens };
  /** To be called when the provider is asked: from here on the call costs. */
  onAsked: () => void;
  /** Awaited before the provider is asked again for the same answer; where it rejects, that is not done. */
  beforeRetry?: (signal: AbortSignal) => Promise<void>;
};

/** What a call may come to, at the most. */
export type MostTokens = { prompt: number; completion: number };

export type TokenCount = { promptTokens: number; completionTokens: number };

/** `costUsd` is null where the price of the model is not known. */
export type Usage = TokenCount & { costUsd: number | null };

/**
 * Any number of text pieces, then one end; its `usage` is undefined where the provider does not count. What a model thinks
 * before it answers is paid for, and never shown. Without any text, `finishReason` says why; with `refusal` the text
 * says that the model does not answer. `model` is a plain name; `id` is the provider's own word: not to be trusted.
 */
export type AnswerPart =
  | { type: 'text' | 'thought'; text: string }
  | {
      type: 'end';
      model: string;
      usage: TokenCount | undefined;
      id?: string | undefined;
      finishReason?: FinishReason;
    };

/**
 * Who writes the answer. It marks what it takes from passage n with `[n]`, and answers `NOT_IN_DOCUMENTS` alone when the
 * passages do not hold the answer.
 */
export type AnswerModel = {
  readonly name: string;
  /** The most tokens that an answer may have; absent for a model in this process, which costs nothing. */
  readonly maxOutputTokens?: number;
  /**
   * @throws AppError `upstream_error` when the provider fails or replies with what is not an answer,
   * `upstream_timeout` when it takes too long
   */
  answer(request: AnswerRequest): AsyncIterable<AnswerPart>;
};

/** A citation as models write it: `[1]`, `[1, 2]`, `[1-3]`, `[^1]`, `【1】`, `【1†source】`; the group holds the numbers. */
export const CITATION_MARK = /[[【]\s*\^?(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\s*(?:†[^\]】]{0,100})?[\]】]/g;

/** What a model replies instead of an answer that the passages do not hold. */
export const NOT_IN_DOCUMENTS = 'NOT_IN_DOCUMENTS';
