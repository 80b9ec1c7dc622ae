import type { Settings } from '../config/schema.ts';
import { claimAt } from './claim-values.ts';
import { SCOPES, type Scope } from './principal.ts';

/** Reads what the bearer of another issuer's token may do. What it cannot read gives nothing. */
export type ReadScopes = (payload: unknown) => readonly Scope[];

type ScopeClaim = { name: string; isOfRoles?: true };

/** Where issuers write what their tokens are for: OAuth 2; Entra ID and Okta; Auth0. */
const SCOPE_CLAIMS: ScopeClaim[] = ['scopes', 'scope', 'scp', 'permissions'].map((name) => ({ name }));
/** Where they write what somebody is: Entra ID, and Keycloak, whose roles are those of the whole realm. */
const ROLE_CLAIMS: ScopeClaim[] = ['roles', 'realm_access.roles'].map((name) => ({ name, isOfRoles: true }));

/** An administrator or auditor of a realm, or of whatever else has roles, is none of this service: those take its name in front. */
const BARE_ROLES = ['query', 'ingest'];

/** An App ID URI of Entra ID: of whichever resource, a token for our audience has scopes of no other. */
const APP_ID_URI = /^api:\/\/[^/]+$/;

/**
 * The first claim that names a scope of ours decides, so that a narrow one is not widened by another. A scope may stand behind
 * the name of this service, as `sallyport/query`: a token may hold those of other services too, which are passed over.
 */
export function createReadScopes(settings: Settings): ReadScopes {
  const { JWT_SCOPES_CLAIM: chosen, JWT_SCOPE_PREFIX, JWT_AUDIENCE, JWT_DEFAULT_SCOPES } = settings;
  const claims: ScopeClaim[] =
    chosen.length > 0 ? chosen.map((name) => ({ name })) : [...SCOPE_CLAIMS, ...ROLE_CLAIMS];
  const prefixes = new Set(JWT_SCOPE_PREFIX.map((prefix) => prefix.replace(/[/:.]$/, '')));
  if (JWT_AUDIENCE !== undefined) prefixes.add(JWT_AUDIENCE);

  return (payload) => {
    const isOurs = (prefix: string) =>
      prefixes.has(prefix) ||
      (JWT_AUDIENCE === undefined ? audiences(payload).includes(prefix) : APP_ID_URI.test(prefix));
    for (const { name, isOfRoles } of claims) {
      const named = new Set(namesIn(claimAt(payload, name)).map((one) => scopeIn(one, isOfRoles, isOurs)));
      const scopes = SCOPES.filter((scope) => named.has(scope));
      if (scopes.length > 0) return scopes;
    }
    return JWT_DEFAULT_SCOPES;
  };
}

function scopeIn(
  name: string,
  isOfRoles: true | undefined,
  isOurs: (prefix: string) => boolean,
): string | undefined {
  const end = Math.max(...['/', ':', '.'].map((separator) => name.lastIndexOf(separator)));
  if (end < 0) return isOfRoles && !BARE_ROLES.includes(name) ? undefined : name;
  return isOurs(name.slice(0, end)) ? name.slice(end + 1) : undefined;
}

/** A list, or a text in which spaces separate them. */
function namesIn(value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ');
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

const audiences = (payload: unknown) => namesIn(claimAt(payload, 'aud'));
