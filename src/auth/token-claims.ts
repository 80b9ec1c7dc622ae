import { z } from 'zod';
import type { Settings } from '../config/schema.ts';
import { isStorable } from '../db/storable-text.ts';
import { DEFAULT_TENANT, SCOPES, type Scope } from './principal.ts';

/** What a token says of its bearer. `key`: it was issued here for that key, whose record decides what it may do now. */
export type TokenClaims = {
  tenant: string;
  subject: string;
  scopes: readonly Scope[];
  groups: readonly string[];
  key?: { id: string; generation: number };
};

/** The claims that hold these; of several, the first that is there. */
export type ClaimNames = { subject: string; tenant: string; scopes: readonly string[]; groups: string };

/** In tokens of our own, whatever another issuer calls them. */
const OWN_NAMES: ClaimNames = { subject: 'sub', tenant: 'tenant', scopes: ['scope'], groups: 'groups' };

/** Names go into the database's session: text that it can hold. */
const name = (longest: number) => z.string().min(1).max(longest).refine(isStorable);
const claimsSchema = z.object({
  subject: name(200),
  tenant: name(100).default(DEFAULT_TENANT),
  scopes: z
    .union([z.array(z.string()), z.string().transform((list) => list.split(' '))])
    .transform((names) => SCOPES.filter((scope) => names.includes(scope)))
    .default([]),
  groups: z.union([z.array(name(100)).max(100), name(100).transform((group) => [group])]).default([]),
});
const timesSchema = z.object({ exp: z.number(), iat: z.number().optional() });
const keySchema = z.object({
  key_id: z.string().regex(/^[\w-]{1,64}$/),
  key_generation: z.number().int().min(0).default(0),
});
/** Subjects of this form are keys, with limits and budgets of their own: no other issuer may name one. */
const KEY_SUBJECT = 'key:';

export function claimNamesOf(settings: Settings): ClaimNames {
  return {
    subject: settings.JWT_SUBJECT_CLAIM,
    tenant: settings.JWT_TENANT_CLAIM,
    scopes: settings.JWT_SCOPES_CLAIM === undefined ? ['scopes', 'scope'] : [settings.JWT_SCOPES_CLAIM],
    groups: settings.JWT_GROUPS_CLAIM,
  };
}

/** Whether it has an end, and was not made in the future: what the libraries leave open. */
export function isTimely(payload: unknown, clockToleranceSeconds: number): boolean {
  const { success, data } = timesSchema.safeParse(payload);
  return success && (data.iat ?? 0) <= Date.now() / 1000 + clockToleranceSeconds;
}

/** Reads what another issuer has signed; undefined where a claim is of the wrong type or out of bounds. */
export function readClaims(payload: unknown, names: ClaimNames): TokenClaims | undefined {
  const claims = mapClaims(payload, names);
  return claims && !claims.subject.startsWith(KEY_SUBJECT) ? claims : undefined;
}

/** Reads what was signed here, for a key: both `sub` and `key_id` name it, so no issuer's custom claim can by itself. */
export function readOwnClaims(payload: unknown): TokenClaims | undefined {
  const claims = mapClaims(payload, OWN_NAMES);
  const { data } = keySchema.safeParse(payload);
  if (!data || claims?.subject !== KEY_SUBJECT + data.key_id) return undefined;
  return { ...claims, key: { id: data.key_id, generation: data.key_generation } };
}

export const namesKey = (payload: unknown): boolean => ownValue(payload, 'key_id') !== undefined;

function mapClaims(payload: unknown, names: ClaimNames): TokenClaims | undefined {
  return claimsSchema.safeParse({
    subject: claimAt(payload, names.subject),
    tenant: claimAt(payload, names.tenant),
    scopes: names.scopes.map((scopes) => claimAt(payload, scopes)).find((scopes) => scopes !== undefined),
    groups: claimAt(payload, names.groups),
  }).data;
}

/** By its name as it is, since `https://example.com/tenant` holds dots; else as a path, such as `realm_access.roles`. */
function claimAt(payload: unknown, claim: string): unknown {
  const value = ownValue(payload, claim);
  return value === undefined ? claim.split('.').reduce(ownValue, payload) : value;
}

function ownValue(from: unknown, member: string): unknown {
  return typeof from === 'object' && from !== null && Object.hasOwn(from, member)
    ? (from as Record<string, unknown>)[member]
    : undefined;
}
