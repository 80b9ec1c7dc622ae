import { AppError } from '../errors/app-error.ts';
import { AHEAD, createFairQueue } from '../limits/fair-queue.ts';
import type { Ledger } from '../limits/ledger.ts';
import { createMeter } from '../limits/meter.ts';
import type { Logger } from '../observability/logger.ts';
import type { AnswerModel } from './answer-model.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';
import { paceAccounts, type Pace } from './pace-accounts.ts';

type PacedModelOptions = Pace & {
  ledger: Ledger;
  queueTimeoutMs: number;
  logger: Logger;
  onQueue?: (waiting: () => number) => void;
};

/**
 * A model whose calls keep the provider's pace and leave it alone while it is down. A call waits for its turn before it is
 * made, and for one more before each further attempt. Whether it has failed is told up to its first part: a stream that
 * breaks off later does not count. A model in this process, which costs nothing, is given back as it is.
 *
 * @throws AppError from `answer`, besides the model's: `token_limited` when one call needs more than a minute's tokens,
 * `unavailable` when its turn does not come in time, `upstream_error` while the provider is left alone
 */
export function createPacedModel(
  model: AnswerModel,
  { ledger, queueTimeoutMs, logger, onQueue, ...pace }: PacedModelOptions,
): AnswerModel {
  if (model.maxOutputTokens === undefined) return model;
  const { requests, tokens } = paceAccounts(pace);
  const queue = createFairQueue({ ledger, timeoutMs: queueTimeoutMs });
  onQueue?.(() => queue.waiting());
  const circuit = createCircuitBreaker(logger);
  /** An answer stands even if it could not be settled: the ledger then counts all that was reserved. */
  const settle = (id: string, spent: readonly number[]): Promise<void> =>
    queue
      .settle(id, spent)
      .catch((error: unknown) => logger.warn('a call to the model could not be settled', { error }));
  const beforeRetry = async (signal: AbortSignal): Promise<void> => {
    const id = await queue.take({ caller: AHEAD, entries: [{ account: requests, amount: 1 }], signal });
    await settle(id, [1]);
  };

  return {
    ...model,
    async *answer(request) {
      const { caller, most } = request.turn;
      const amount = most.prompt + most.completion;
      if (amount > tokens.limit) {
        throw new AppError(
          'token_limited',
          'The question and its passages need more tokens than the model may be sent in a minute.',
          { scope: 'server', retryAfterSeconds: 60 },
        );
      }
      circuit.assertClosed();
      const entries = [
        { account: requests, amount: 1 },
        { account: tokens, amount },
      ];
      const id = await queue.take({ caller, entries, signal: request.signal });
      let asked = 0;
      const meter = createMeter({
        most,
        stream: request.stream,
        settle: ({ promptTokens, completionTokens }) =>
          void settle(id, [asked, promptTokens + completionTokens]),
      });
      try {
        request.signal.throwIfAborted();
        const onAsked = (): void => {
          asked = 1;
          meter.asked();
          request.onAsked();
        };
        const parts = meter.count(model.answer({ ...request, onAsked, beforeRetry }));
        try {
          let part = await circuit.run(() => parts.next());
          for (; !part.done; part = await parts.next()) yield part.value;
        } finally {
          await parts.return();
        }
      } finally {
        meter.close();
      }
    },
  };
}
