import type { Account } from '../limits/ledger.ts';

export type Pace = { requestsPerMinute: number; tokensPerMinute: number };

const MINUTE = { forMs: 60_000 };

/** What all replicas together may ask of the provider in a minute. */
export function paceAccounts({ requestsPerMinute, tokensPerMinute }: Pace): {
  requests: Account;
  tokens: Account;
} {
  return {
    requests: { name: 'llm:requests', limit: requestsPerMinute, window: MINUTE },
    tokens: { name: 'llm:tokens', limit: tokensPerMinute, window: MINUTE },
  };
}
