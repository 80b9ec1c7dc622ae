import type { EmbeddingUsage, OnUsage } from '../embedders/embedder.ts';
import type { Logger } from '../observability/logger.ts';
import type { Budgets } from './budgets.ts';
import type { Ledger } from './ledger.ts';
import type { UsageLog } from './usage-log.ts';

export type ChargeEmbeddingsOptions = { budgets: Budgets; ledger: Ledger; usage: UsageLog; logger: Logger };

export type EmbeddingCharges = {
  /** Begins to charge, and is not waited for. */
  charge: OnUsage;
  /** Waits for what is being charged. */
  close(): Promise<void>;
};

/** Nobody's in particular: a job embeds the documents of one caller and the questions of many come in the same way. */
const EMBEDDINGS = { tenant: '', subject: 'embeddings' };

/**
 * Charges what a provider has embedded to the budgets that all callers share. Afterwards, for its own count is exact: an
 * embedding is never refused, but the answers that it leaves no money for are.
 */
export function chargeEmbeddings({
  budgets,
  ledger,
  usage: log,
  logger,
}: ChargeEmbeddingsOptions): EmbeddingCharges {
  const charges = new Set<Promise<void>>();

  const charge = async ({ tokens, costUsd }: EmbeddingUsage): Promise<void> => {
    const nanoUsd = Math.ceil(costUsd * 1e9);
    const note = () => log.add(EMBEDDINGS, { promptTokens: tokens, completionTokens: 0, nanoUsd });
    const entries = Object.values(budgets.shared()).map(({ account }) => ({
      account: { ...account, limit: Infinity },
      amount: nanoUsd,
    }));
    if (entries.length === 0 || nanoUsd === 0) {
      note();
      return;
    }
    try {
      // Noted behind it: an account that it opens begins with what the log holds, and this would count twice.
      const reservation = await ledger.reserve(entries).finally(note);
      if (reservation.granted)
        await ledger.settle(
          reservation.id,
          entries.map(() => nanoUsd),
        );
    } catch (error) {
      logger.warn('embeddings were not charged to the budgets', { error, nanoUsd });
    }
  };
  return {
    charge: (embedded) => {
      const charging = charge(embedded).finally(() => charges.delete(charging));
      charges.add(charging);
    },
    close: async () => {
      await Promise.all(charges);
    },
  };
}
