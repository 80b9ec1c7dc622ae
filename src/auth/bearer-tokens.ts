import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { isStorable } from '../db/storable-text.ts';
import { DEFAULT_TENANT, SCOPES, type Principal } from './principal.ts';

export type TokenSettings = { secret: string; issuer?: string | undefined; audience?: string | undefined };

const CLOCK_TOLERANCE_SECONDS = 30;
const LONGEST_TOKEN = 8_192;

const scopeNames = z.array(z.string()).transform((names) => SCOPES.filter((scope) => names.includes(scope)));
/** Names go into the database's session: text that it can hold. */
const name = (longest: number) => z.string().min(1).max(longest).refine(isStorable);
const claimsSchema = z.object({
  sub: name(200),
  exp: z.number(),
  tenant: name(100).default(DEFAULT_TENANT),
  scope: z
    .string()
    .transform((list) => list.split(' '))
    .pipe(scopeNames)
    .optional(),
  scopes: scopeNames.optional(),
  groups: z.array(name(100)).max(100).default([]),
});

/** Verifies an HS256 token and maps its claims; undefined for any token that is not wholly right. */
export function verifyToken(
  token: string,
  { secret, issuer, audience }: TokenSettings,
): Principal | undefined {
  if (token.length > LONGEST_TOKEN) return undefined;
  try {
    const claims = claimsSchema.parse(
      jwt.verify(token, secret, {
        algorithms: ['HS256'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        ...(issuer === undefined ? {} : { issuer }),
        ...(audience === undefined ? {} : { audience }),
      }),
    );
    return {
      tenant: claims.tenant,
      subject: claims.sub,
      scopes: claims.scopes ?? claims.scope ?? [],
      groups: claims.groups,
    };
  } catch {
    return undefined;
  }
}
