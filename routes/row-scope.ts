import type { Principal } from '../src/auth/principal.ts';
import type { RowScope } from '../src/db/database.ts';

/** The rows a caller may see. Authentication ran on every route that asks for this. */
export function rowScope(principal: Principal | undefined): RowScope {
  return { tenant: tenantOf(principal), groups: principal?.groups ?? [] };
}

export function tenantOf(principal: Principal | undefined): string {
  if (!principal) throw new Error('a route that needs a principal was opened to anyone');
  return principal.tenant;
}
