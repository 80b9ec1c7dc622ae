import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createTokens, trustsTokens } from '../../../src/auth/tokens.ts';
import { parseSettings } from '../../../src/config/load.ts';
import { JWT_SECRET, makeSigningKey } from '../../support/tokens.ts';

const open = (environment: Record<string, string>) =>
  createTokens(parseSettings(environment), Buffer.alloc(32, 7));
const rsa = makeSigningKey('RS256');
const JWT_JWKS_URL = 'https://login.example/keys';
const pem = (key: KeyObject) => String(key.export({ type: 'spki', format: 'pem' }));

describe('settings for tokens', () => {
  test.each<[string, Record<string, string>, string]>([
    ['a private key', { JWT_PUBLIC_KEY: rsa.privatePem }, 'JWT_PUBLIC_KEY'],
    [
      'a private key beside the public one',
      { JWT_PUBLIC_KEY: rsa.publicPem + rsa.privatePem },
      'JWT_PUBLIC_KEY',
    ],
    ['no key at all', { JWT_PUBLIC_KEY: 'a word' }, 'JWT_PUBLIC_KEY'],
    ['a broken key', { JWT_PUBLIC_KEY: rsa.publicPem.replace(/\n[^\n]+\n/, '\n') }, 'JWT_PUBLIC_KEY'],
    [
      'a short RSA key',
      { JWT_PUBLIC_KEY: pem(generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey) },
      'JWT_PUBLIC_KEY',
    ],
    [
      'a key of another curve',
      { JWT_PUBLIC_KEY: pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey) },
      'JWT_PUBLIC_KEY',
    ],
    [
      'a key that cannot sign',
      { JWT_PUBLIC_KEY: pem(generateKeyPairSync('x25519').publicKey) },
      'JWT_PUBLIC_KEY',
    ],
    [
      'a key for an algorithm that is not allowed',
      { JWT_PUBLIC_KEY: rsa.publicPem, JWT_ALGORITHMS: 'ES256' },
      'JWT_PUBLIC_KEY',
    ],
    ['a public key as the secret', { JWT_SECRET: rsa.publicPem }, 'JWT_SECRET'],
    ['no key for the algorithms', { JWT_ALGORITHMS: 'RS256' }, 'JWT_ALGORITHMS'],
    ['a secret for public-key algorithms', { JWT_SECRET, JWT_ALGORITHMS: 'RS256,EdDSA' }, 'JWT_ALGORITHMS'],
    ['a key set for HS256', { JWT_JWKS_URL, JWT_ALGORITHMS: 'HS256' }, 'JWT_ALGORITHMS'],
    ['a password in the URL', { JWT_JWKS_URL: 'https://me:pa55word@login.example/keys' }, 'JWT_JWKS_URL'],
  ])('do not start with %s, and the value stays secret', (_name, environment, setting) => {
    expect(() => open(environment)).toThrow(
      expect.objectContaining({ name: 'SettingsError', message: expect.stringMatching(`^${setting}: `) }),
    );
    for (const line of Object.values(environment).join('\n').split('\n'))
      if (line.length > 20) expect(() => open(environment)).not.toThrow(line);
  });

  test.each<[Record<string, string>, boolean]>([
    [{}, false],
    [{ JWT_ISSUER: 'https://login.example' }, false],
    [{ JWT_SECRET }, true],
    [{ JWT_PUBLIC_KEY: rsa.publicPem }, true],
    [{ JWT_JWKS_URL }, true],
    [{ JWT_SECRET, JWT_JWKS_URL, JWT_ALGORITHMS: 'RS256' }, true],
  ])('say whether they let anybody in: %#', (environment, trusts) => {
    expect(trustsTokens(parseSettings(environment))).toBe(trusts);
    expect(open(environment)).toBeDefined();
  });
});
