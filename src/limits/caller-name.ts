import type { Principal } from '../auth/principal.ts';

/** What a caller is counted under. No two have the same, whatever characters a tenant and a subject hold. */
export function callerName({ tenant, subject }: Pick<Principal, 'tenant' | 'subject'>): string {
  return JSON.stringify([tenant, subject]);
}
