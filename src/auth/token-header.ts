import { z } from 'zod';
import { TokenRefused } from './token-refused.ts';

/** What decides how a token is verified; nothing of it is trusted. */
export type TokenHeader = { alg: string; kid?: string | undefined };

/**
 * An issuer that writes 200 groups into a token makes one of some 11 KB. The server reads headers of twice this size, and
 * nginx.conf passes on as much.
 */
export const LONGEST_TOKEN = 16_384;

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

/** A refusal for anything that no issuer of ours would have made. */
export function readTokenHeader(token: string): TokenHeader | TokenRefused {
  if (token.length > LONGEST_TOKEN) return new TokenRefused('too_long');
  const encoded = THREE_PARTS.exec(token)?.[1];
  if (encoded === undefined) return new TokenRefused('malformed');
  try {
    const { alg, kid } = headerSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()));
    return { alg, kid };
  } catch {
    return new TokenRefused('malformed');
  }
}
