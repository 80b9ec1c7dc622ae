import { z } from 'zod';
import { isStorable } from '../db/storable-text.ts';
import { claimAt } from './claim-values.ts';
import { NO_GROUP } from './principal.ts';

/** `leftOut`: there are groups that the token does not hold. */
export type TokenGroups = { groups: readonly string[]; leftOut?: true };

/** How many there are, and how long, is bounded by the token. A name that no document can have is kept: it opens none. */
const groupsSchema = z.union([
  z.array(z.string().refine(isStorable)),
  z
    .string()
    .refine(isStorable)
    .transform((group) => [group]),
]);

/**
 * The groups of the first claim that is there, a list or one name. Entra ID leaves groups out of a token when there are more
 * than 200, and says where they can be asked for. Nobody asks: such a caller is then in none of them.
 *
 * @returns undefined for what are no names
 */
export function readGroups(payload: unknown, claims: readonly string[]): TokenGroups | undefined {
  const value = claims
    .map((claim) => claimAt(payload, claim))
    .find((one) => one !== undefined && one !== null);
  if (value === undefined)
    return claims.some((claim) => isElsewhere(payload, claim))
      ? { groups: [NO_GROUP], leftOut: true }
      : { groups: [] };
  const { data: groups } = groupsSchema.safeParse(value);
  return groups && { groups };
}

/** A distributed claim (OpenID Connect Core, 5.6.2), or the mark for it in a token that travels in a URL. */
function isElsewhere(payload: unknown, claim: string): boolean {
  if (claimAt(claimAt(payload, '_claim_names'), claim) !== undefined) return true;
  return claim === 'groups' && [true, 'true'].includes(claimAt(payload, 'hasgroups') as boolean);
}
