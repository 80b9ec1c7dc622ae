import { AppError } from '../errors/app-error.ts';
import type { AnswerPart, MostTokens, TokenCount, Usage } from '../llms/answer-model.ts';
import { estimateTokens } from '../llms/estimate-tokens.ts';
import { nanoUsd, usdOf, type Price } from '../llms/prices.ts';
import { createOverrunCheck } from './overrun.ts';
import type { AnswerUsage } from './usage-rows.ts';

/** Watches over what one answer costs, from its reserve to its settlement. */
export type Meter = {
  /** To be called when the provider is asked: from here on it costs. */
  asked: () => void;
  /**
   * Passes the parts of an answer on, and counts.
   *
   * @throws AppError `budget_exceeded` when a stream goes on beyond what was reserved for it
   */
  count(parts: AsyncIterable<AnswerPart>): AsyncGenerator<AnswerPart, void>;
  /**
   * Begins to settle the reserve, once, and says what the answer came to: what the provider counted; where it did not get to that, an upper
   * estimate of the prompt and of what came back, or may have been on its way in one piece; nothing where it was not asked, or failed without a word.
   */
  close(): Usage;
};

export type MeterOptions = {
  most: MostTokens;
  /** Absent where it is not known, or does not matter. */
  price?: Price | undefined;
  /** Whether the text comes piece by piece, and is cut off where it is too long. */
  stream: boolean;
  /** Must not fail, and is not waited for: an answer is not held up by its bill. */
  settle: (spent: AnswerUsage) => void;
};

export function createMeter({ most, price, stream, settle }: MeterOptions): Meter {
  const runsOver = createOverrunCheck(most.completion);
  const cutsOff = stream && most.completion > 0;
  let wasAsked = false;
  let failed = false;
  let text = '';
  let pieces = 0;
  let counted: TokenCount | undefined;
  let closed: Usage | undefined;

  const settled = (): Usage => {
    const costs = wasAsked && !failed;
    const promptTokens = counted?.promptTokens ?? (costs ? most.prompt : 0);
    // An answer that comes as a whole, and has not come, may have been written to its end.
    const written = () =>
      stream || text !== '' ? Math.min(estimateTokens(text), most.completion) : most.completion;
    const completionTokens = counted?.completionTokens ?? (costs ? written() : 0);
    const cost = price && nanoUsd(price, promptTokens, completionTokens);
    settle({ promptTokens, completionTokens, nanoUsd: cost ?? 0 });
    return { promptTokens, completionTokens, costUsd: cost === undefined ? null : usdOf(cost) };
  };
  return {
    asked: () => {
      wasAsked = true;
    },
    async *count(parts) {
      try {
        for await (const part of parts) {
          if (part.type === 'end') counted = part.usage;
          else {
            // What was thought is paid for, too.
            text += part.text;
            pieces += 1;
            if (cutsOff && runsOver(text, pieces)) throw cutOff();
          }
          yield part;
        }
      } catch (error) {
        failed = text === '' && error instanceof AppError && error.code === 'upstream_error';
        throw error;
      }
    },
    close: () => (closed ??= settled()),
  };
}

function cutOff(): AppError {
  return new AppError(
    'budget_exceeded',
    'The answer went on beyond what was reserved for it, and was cut off.',
    { error: 'Budget exceeded', scope: 'server', retryAfterSeconds: 1 },
  );
}
