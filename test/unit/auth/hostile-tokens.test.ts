import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TokenRefused } from '../../../src/auth/token-refused.ts';
import { createTokens } from '../../../src/auth/tokens.ts';
import { parseSettings } from '../../../src/config/load.ts';
import { forge, goodClaims, JWT_ENV, JWT_SECRET, makeSigningKey, signWithKey } from '../../support/tokens.ts';

const key = makeSigningKey('EdDSA');
const { verify } = createTokens(
  parseSettings({ ...JWT_ENV, JWT_PUBLIC_KEY: key.publicPem }),
  Buffer.alloc(32, 7),
);
const NAMES = [
  'alg',
  'typ',
  'kid',
  'crit',
  'sub',
  'tenant',
  'scope',
  'scopes',
  'groups',
  'exp',
  'iat',
  'key_id',
  'scp',
  'roles',
  'permissions',
  'realm_access',
  'cognito:groups',
  '_claim_names',
  'hasgroups',
];
const members = fc.dictionary(fc.constantFrom(...NAMES), fc.jsonValue());
const part = fc.oneof(members, fc.jsonValue(), fc.string());

describe('whoever makes tokens', () => {
  test('opens nothing with any text, and breaks nothing', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\w-]*\.[\w-]*\.[\w-]*$/));
    await fc.assert(
      fc.asyncProperty(text, async (token) => expect(await verify(token)).toBeInstanceOf(TokenRefused)),
    );
  });

  test('opens nothing with one character changed', async () => {
    const token = signWithKey(key);
    expect(await verify(token)).toMatchObject({ subject: 'someone' });
    // Some bits of the last character belong to no byte.
    const place = fc.nat({ max: token.length - 2 });
    const character = fc.stringMatching(/^[\w.-]$/);
    await fc.assert(
      fc.asyncProperty(place, character, async (at, other) => {
        fc.pre(token[at] !== other);
        expect(await verify(token.slice(0, at) + other + token.slice(at + 1))).toBeInstanceOf(TokenRefused);
      }),
    );
  });

  test('who has the secret gets a whole principal or none, whatever the claims are', async () => {
    await fc.assert(
      fc.asyncProperty(part, part, members, async (header, claims, changes) => {
        for (const token of [
          forge(header, claims, JWT_SECRET),
          forge({ alg: 'HS256' }, claims, JWT_SECRET),
          forge({ alg: 'HS256' }, { ...goodClaims(), ...changes }, JWT_SECRET),
          signWithKey(key, changes),
        ]) {
          const read = await verify(token);
          if (read instanceof TokenRefused) continue;
          expect(read.subject).toMatch(/^[^]{1,200}$/);
          expect(read.tenant).toMatch(/^[^]{1,100}$/);
          expect([...read.scopes, ...read.groups].every((name) => typeof name === 'string')).toBe(true);
          expect(read).not.toHaveProperty('key');
          expect(read.subject).not.toMatch(/^key:/);
        }
      }),
      { numRuns: 300 },
    );
  });
});
