import type { Account, Balance, Entry } from '../../src/limits/ledger.ts';

/** What a ledger should say, in the plainest way to say it. Its windows never end. */
export class LedgerModel {
  readonly open: string[] = [];
  private readonly entries = new Map<string, Entry[]>();
  private readonly kept: Map<Account, Balance>;

  constructor(accounts: readonly Account[]) {
    this.kept = new Map(accounts.map((account) => [account, { spent: 0, reserved: 0 }]));
  }

  refusedBy(entries: readonly Entry[]): Account | undefined {
    return entries.find(({ account }, place) => {
      const { spent, reserved } = this.kept.get(account)!;
      const upToHere = entries.slice(0, place + 1).filter((entry) => entry.account === account);
      return spent + reserved + upToHere.reduce((sum, { amount }) => sum + amount, 0) > account.limit;
    })?.account;
  }

  reserve(id: string, entries: Entry[]): void {
    for (const { account, amount } of entries) this.kept.get(account)!.reserved += amount;
    this.entries.set(id, entries);
    this.open.push(id);
  }

  /** Without `spent` it has run out. */
  end(id: string, spent?: readonly number[]): void {
    for (const [place, { account, amount }] of this.entries.get(id)!.entries()) {
      const balance = this.kept.get(account)!;
      balance.reserved -= amount;
      if (account.window) balance.spent += spent ? (spent[place] ?? 0) : amount;
    }
    this.open.splice(this.open.indexOf(id), 1);
  }

  balances(): Balance[] {
    return [...this.kept.values()];
  }
}
