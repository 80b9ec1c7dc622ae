import type { EmbeddingUsage } from '../embedders/embedder.ts';
import type { Logger } from '../observability/logger.ts';
import type { Budgets } from './budgets.ts';
import type { Ledger } from './ledger.ts';
import type { UsageLog } from './usage-log.ts';

export type ChargeEmbeddingsOptions = { budgets: Budgets; ledger: Ledger; usage: UsageLog; logger: Logger };

/** Nobody's in particular: a job embeds the documents of one caller and the questions of many come in the same way. */
const EMBEDDINGS = { tenant: '', subject: 'embeddings' };

/**
 * Charges what a provider has embedded to the budgets that all callers share. Afterwards, for its own count is exact: an
 * embedding is never refused, but the answers that it leaves no money for are.
 */
export function chargeEmbeddings({ budgets, ledger, usage: log, logger }: ChargeEmbeddingsOptions) {
  return async ({ tokens, costUsd }: EmbeddingUsage): Promise<void> => {
    const nanoUsd = Math.ceil(costUsd * 1e9);
    log.add(EMBEDDINGS, { promptTokens: tokens, completionTokens: 0, nanoUsd });
    const entries = Object.values(budgets.shared()).map(({ account }) => ({
      account: { ...account, limit: Infinity },
      amount: nanoUsd,
    }));
    if (entries.length === 0 || nanoUsd === 0) return;
    try {
      const reservation = await ledger.reserve(entries);
      if (reservation.granted)
        await ledger.settle(
          reservation.id,
          entries.map(() => nanoUsd),
        );
    } catch (error) {
      logger.warn('embeddings were not charged to the budgets', { error, nanoUsd });
    }
  };
}
