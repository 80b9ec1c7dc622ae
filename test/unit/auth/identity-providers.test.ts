import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TokenRefused } from '../../../src/auth/token-refused.ts';
import { createTokens } from '../../../src/auth/tokens.ts';
import { parseSettings } from '../../../src/config/load.ts';
import { startJwksServer, type JwksServer } from '../../support/jwks-server.ts';
import { makeSigningKey, nowSeconds, signWithKey } from '../../support/tokens.ts';

/** What a provider writes into its tokens, with the settings that its users need, and whom it makes of their bearer. */
type Fixture = {
  title: string;
  settings: Record<string, string>;
  header?: Record<string, string>;
  claims: Record<string, unknown>;
  bearer: object;
};

const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'identity-providers');
const fixtures = readdirSync(folder).map((name) => {
  const fixture = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Fixture;
  return [fixture.title, fixture] as const;
});
const key = makeSigningKey('RS256', 'of-the-provider');

describe('a token as real identity providers make it', () => {
  let issuer: JwksServer;
  beforeAll(async () => (issuer = await startJwksServer(key)));
  afterAll(() => issuer.stop());

  const read = ({ settings, header, claims }: Fixture, changes: Record<string, unknown> = {}) => {
    const { verify } = createTokens(
      parseSettings({ ...settings, JWT_JWKS_URL: issuer.url }),
      Buffer.alloc(32, 7),
    );
    const now = nowSeconds();
    const times = { iat: now, nbf: now, exp: now + 3_600 };
    const { iss, aud, ...others } = claims;
    return verify(signWithKey(key, { scope: undefined, ...others, iss, aud, ...times, ...changes }, header));
  };

  test.each(fixtures)('%s', async (_title, fixture) => {
    expect(await read(fixture)).toEqual(fixture.bearer);
  });

  test.each(fixtures)('%s: with 200 groups', async (_title, fixture) => {
    const groups = Array.from(
      { length: 200 },
      (_, n) => `1a2b3c4d-5e6f-4a8b-9c0d-${String(n).padStart(12, '0')}`,
    );
    const claim = fixture.settings.JWT_GROUPS_CLAIM ?? 'groups';
    expect(await read(fixture, { [claim]: groups })).toMatchObject({ groups });
  });

  test.each(fixtures)('%s: not of that issuer, or at another time', async (_title, fixture) => {
    const reasonOf = async (changes: Record<string, unknown>) => {
      const refused = await read(fixture, changes);
      return refused instanceof TokenRefused && refused.reason;
    };
    expect(await reasonOf({ iss: 'https://evil.example' })).toBe('wrong_issuer');
    expect(await reasonOf({ exp: nowSeconds() - 600 })).toBe('expired');
    expect(await reasonOf({ nbf: nowSeconds() + 600 })).toBe('not_yet_valid');
    const demanded = fixture.settings.JWT_AUDIENCE !== undefined;
    expect(await reasonOf({ aud: 'another service' })).toBe(demanded && 'wrong_audience');
  });
});
