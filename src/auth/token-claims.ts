import { z } from 'zod';
import type { Settings } from '../config/schema.ts';
import { isStorable } from '../db/storable-text.ts';
import { claimAt } from './claim-values.ts';
import { DEFAULT_TENANT, SCOPES, type Scope } from './principal.ts';
import { readGroups } from './token-groups.ts';
import { TokenRefused } from './token-refused.ts';
import { createReadScopes } from './token-scopes.ts';

/** What a token says of its bearer. `key`: it was issued here for that key, whose record decides what it may do now. */
export type TokenClaims = {
  tenant: string;
  subject: string;
  scopes: readonly Scope[];
  groups: readonly string[];
  /** The issuer says that there are groups, and not which. */
  groupsLeftOut?: true;
  key?: { id: string; generation: number };
};

/** Reads the claims of a token that is signed and timely. */
export type ReadClaims = (payload: unknown) => TokenClaims | TokenRefused;

/** Names go into the database's session: text that it can hold. */
const name = (longest: number) => z.string().min(1).max(longest).refine(isStorable);
const subjectSchema = name(200);
const tenantSchema = name(100).default(DEFAULT_TENANT);
const timesSchema = z.object({ exp: z.number(), iat: z.number().optional() });
/** Subjects of this form are keys, with limits and budgets of their own: no other issuer may name one. */
const KEY_SUBJECT = 'key:';
const ownSchema = z
  .object({
    sub: subjectSchema,
    tenant: name(100),
    scope: z.string().transform((list) => SCOPES.filter((scope) => list.split(' ').includes(scope))),
    groups: z.array(z.string()),
    key_id: z.string().regex(/^[\w-]{1,64}$/),
    key_generation: z.number().int().min(0).default(0),
  })
  .refine(({ sub, key_id }) => sub === KEY_SUBJECT + key_id);
/** Whether it has an end, and was not made in the future: what the libraries leave open. */
export function untimely(payload: unknown, clockToleranceSeconds: number): TokenRefused | undefined {
  const { success, data } = timesSchema.safeParse(payload);
  if (!success) return new TokenRefused('without_end');
  const isEarly = (data.iat ?? 0) > Date.now() / 1000 + clockToleranceSeconds;
  return isEarly ? new TokenRefused('not_yet_valid') : undefined;
}

/** Reads what another issuer has signed, by the names that the settings give the claims. */
export function createReadClaims(settings: Settings): ReadClaims {
  const { JWT_SUBJECT_CLAIM, JWT_TENANT_CLAIM, JWT_GROUPS_CLAIM, JWT_REQUIRE_TENANT } = settings;
  const readScopes = createReadScopes(settings);
  return (payload) => {
    const subject = subjectSchema.safeParse(claimAt(payload, JWT_SUBJECT_CLAIM)).data;
    if (subject === undefined) return new TokenRefused('claim_unreadable', JWT_SUBJECT_CLAIM);
    if (subject.startsWith(KEY_SUBJECT)) return new TokenRefused('claim_reserved', JWT_SUBJECT_CLAIM);
    const named = claimAt(payload, JWT_TENANT_CLAIM);
    if (named === undefined && JWT_REQUIRE_TENANT)
      return new TokenRefused('without_tenant', JWT_TENANT_CLAIM);
    const tenant = tenantSchema.safeParse(named).data;
    if (tenant === undefined) return new TokenRefused('claim_unreadable', JWT_TENANT_CLAIM);
    const found = readGroups(payload, JWT_GROUPS_CLAIM);
    if (!found) return new TokenRefused('claim_unreadable', JWT_GROUPS_CLAIM.join());
    const { groups, leftOut } = found;
    return {
      subject,
      tenant,
      scopes: readScopes(payload),
      groups,
      ...(leftOut ? { groupsLeftOut: leftOut } : {}),
    };
  };
}

/** Reads what was signed here, for a key: `sub` and `key_id` both name it. */
export const readOwnClaims: ReadClaims = (payload) => {
  const { data } = ownSchema.safeParse(payload);
  if (!data) return new TokenRefused('claim_unreadable');
  const { sub: subject, tenant, scope: scopes, groups, key_id: id, key_generation: generation } = data;
  return { subject, tenant, scopes, groups, key: { id, generation } };
};
