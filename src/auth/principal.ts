/** What a principal may do; `admin` is all of them. */
export const SCOPES = ['query', 'ingest', 'release', 'audit', 'metrics', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks, as authentication decided: tenant and groups never come from a request's body. */
export type Principal = {
  tenant: string;
  /** Names the caller in limits, budgets and logs. */
  subject: string;
  scopes: readonly Scope[];
  /** Of the documents with groups it reads those of its own. With groups it manages documents of these alone. */
  groups: readonly string[];
  /** The public id of the key, also behind a token that was issued for it; absent for another issuer's token. */
  keyId?: string;
  /** Manages the keys, and sees the usage, of every tenant: the admin keys of the environment. */
  isGlobal?: true;
  /** A key's own limits; they take the place of those in the settings. */
  limits?: OwnLimits;
};

export type OwnLimits = { requestsPerMinute?: number; budgetUsdPerDay?: number };

export const DEFAULT_TENANT = 'default';

/** A group that no document can be given: who is in this one alone has groups, but none that opens anything. */
export const NO_GROUP = '';

export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes(scope) || principal.scopes.includes('admin');
}
