import { z } from 'zod';

/** What decides how a token is verified; nothing of it is trusted. */
export type TokenHeader = { alg: string; kid?: string | undefined };

/** As much as a proxy's header buffer usually holds. */
export const LONGEST_TOKEN = 8_192;

const THREE_PARTS = /^([\w-]+)\.[\w-]+\.[\w-]+$/;
/** A key, or the way to one, that a token brings along; and what must be understood, of which nothing is. */
const unwanted = z.undefined().optional();
const headerSchema = z.object({
  alg: z.string(),
  typ: z
    .string()
    .regex(/^(application\/)?(at\+)?jwt$/i)
    .optional(),
  kid: z.string().max(200).optional(),
  crit: unwanted,
  jwk: unwanted,
  jku: unwanted,
  x5u: unwanted,
  x5c: unwanted,
});

/** Undefined for anything that no issuer of ours would have made. */
export function readTokenHeader(token: string): TokenHeader | undefined {
  const encoded = token.length > LONGEST_TOKEN ? undefined : THREE_PARTS.exec(token)?.[1];
  if (encoded === undefined) return undefined;
  try {
    const { alg, kid } = headerSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()));
    return { alg, kid };
  } catch {
    return undefined;
  }
}
