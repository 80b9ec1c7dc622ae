import { usdOf } from '../llms/prices.ts';
import type { Budgets } from './budgets.ts';
import type { Ledger } from './ledger.ts';

export type BudgetBalance = { limitUsd: number; spentUsd: number; reservedUsd: number };

/** How the budgets that all callers share stand; those that are not set are left out. */
export type BudgetBalances = () => Promise<{ day?: BudgetBalance; month?: BudgetBalance }>;

export function createBudgetBalances(budgets: Budgets, ledger: Ledger): BudgetBalances {
  return async () => {
    const shared = Object.entries(budgets.shared());
    const balances = await ledger.balances(shared.map(([, { account }]) => account));
    const lines = await Promise.all(
      shared.map(async ([name, { account }], place) => {
        const { spent, reserved } = balances[place]!;
        // An account that nobody has reserved in yet knows nothing of before.
        const before = (await account.spentBefore?.()) ?? 0;
        return [
          name,
          {
            limitUsd: usdOf(account.limit),
            spentUsd: usdOf(Math.max(spent, before)),
            reservedUsd: usdOf(reserved),
          },
        ] as const;
      }),
    );
    return Object.fromEntries(lines);
  };
}
