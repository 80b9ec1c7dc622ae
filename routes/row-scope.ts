import type { Principal } from '../src/auth/principal.ts';
import { managing, type RowScope } from '../src/db/database.ts';
import type { DocumentScope } from '../src/documents/document-scope.ts';

/** The rows a caller may see. Authentication ran on every route that asks for this. */
export function rowScope(principal: Principal | undefined): RowScope {
  return { tenant: tenantOf(principal), groups: principal?.groups ?? [] };
}

export function tenantOf(principal: Principal | undefined): string {
  if (!principal) throw new Error('a route that needs a principal was opened to anyone');
  return principal.tenant;
}

/** The documents and jobs that a caller manages: with groups those of these groups alone, whatever the scopes. */
export function documentScope(principal: Principal | undefined): DocumentScope {
  return { tenant: tenantOf(principal), groups: principal?.groups ?? [] };
}

/** The rows that a caller manages: those of the own tenant; for a global key keys and usage of every tenant. */
export function managedBy(principal: Principal | undefined): RowScope {
  return { ...managing(tenantOf(principal), principal?.groups), everyTenant: principal?.isGlobal ?? false };
}
