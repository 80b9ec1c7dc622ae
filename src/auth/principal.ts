/** What a principal may do; `admin` is all of them. */
export const SCOPES = ['query', 'ingest', 'audit', 'metrics', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks, as authentication decided: tenant and groups never come from a request's body. */
export type Principal = {
  tenant: string;
  /** Names the caller in limits and logs. */
  subject: string;
  scopes: readonly Scope[];
  groups: readonly string[];
  /** The public id of the key; absent for a token. */
  keyId?: string;
};

export const DEFAULT_TENANT = 'default';

export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes(scope) || principal.scopes.includes('admin');
}
