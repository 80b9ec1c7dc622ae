import { z } from 'zod';
import { defineRoute, type Route } from '../src/api/route.ts';
import { isPublicId } from '../src/auth/api-keys.ts';
import type { IssueToken } from '../src/auth/issue-token.ts';

const LONGEST_SECRET = 8_192;

/** OAuth 2 client credentials (RFC 6749, 4.4): a short-lived token for a key. */
export function tokenRoute(issueToken: IssueToken): Route {
  return defineRoute({
    method: 'post',
    path: '/token',
    scope: null,
    action: 'token.issue',
    summary: 'Exchange a key for a short-lived token',
    form: true,
    example: {
      grant_type: 'client_credentials',
      client_id: '0123456789ab',
      client_secret: 'sp_0123456789ab_…',
    },
    body: z.strictObject({
      grant_type: z.literal('client_credentials').optional(),
      client_id: z.string().min(1).max(100).describe('the public id of the key'),
      client_secret: z.string().min(1).max(LONGEST_SECRET).describe('the key'),
      scope: z
        .string()
        .regex(/^[a-z]+( [a-z]+)*$/, 'scopes are separated by one space')
        .max(200)
        .optional()
        .describe("some of the key's scopes; without it, all of them"),
    }),
    replies: {
      200: {
        description: 'The token',
        schema: z.object({
          access_token: z.string(),
          token_type: z.literal('Bearer'),
          expires_in: z.number().int().describe('seconds'),
          scope: z.string(),
        }),
      },
    },
    handle: async ({ body, note }) => {
      // Now: it is known whose token was asked for even where nobody is given one.
      if (isPublicId(body.client_id)) note({ target: body.client_id });
      const { accessToken, expiresInSeconds, scopes, principal } = await issueToken({
        keyId: body.client_id,
        key: body.client_secret,
        scopes: body.scope?.split(' '),
      });
      note({ principal });
      return {
        status: 200,
        body: {
          access_token: accessToken,
          token_type: 'Bearer',
          expires_in: expiresInSeconds,
          scope: scopes.join(' '),
        },
      };
    },
  });
}
