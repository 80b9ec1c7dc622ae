import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { SettingsError } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';

const PUBLIC_KEY_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type PublicKeyAlgorithm = (typeof PUBLIC_KEY_ALGORITHMS)[number];

/** What a token has to be besides signed. `issuer` and `audience` are demanded where they are there. */
export type TokenRules = {
  issuer?: string | undefined;
  audience?: string | undefined;
  clockToleranceSeconds: number;
};

/** Whose tokens are believed, and by which key and algorithm: a key never meets an algorithm that is not its own. */
export type TokenTrust = {
  rules: TokenRules;
  /** For HS256; the first one signs, and all of them verify. */
  secrets?: () => readonly KeyObject[];
  publicKey?: { key: KeyObject; algorithm: PublicKeyAlgorithm };
  issuerKeys?: { url: URL; algorithms: readonly PublicKeyAlgorithm[] };
};

const PEM = /^-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----$/;
const SHORTEST_RSA_BITS = 2_048;

/** @throws SettingsError when a key is not what it should be, or the algorithms leave it, or all of them, unused */
export function readTokenTrust(settings: Settings): TokenTrust {
  const { JWT_SECRET, JWT_SECRET_PREVIOUS, JWT_PUBLIC_KEY, JWT_JWKS_URL, JWT_ALGORITHMS } = settings;
  const isAllowed = (algorithm: (typeof JWT_ALGORITHMS)[number]) =>
    JWT_ALGORITHMS.length === 0 || JWT_ALGORITHMS.includes(algorithm);
  const trust: TokenTrust = {
    rules: {
      issuer: settings.JWT_ISSUER,
      audience: settings.JWT_AUDIENCE,
      clockToleranceSeconds: settings.JWT_CLOCK_TOLERANCE_SECONDS,
    },
  };
  for (const one of [JWT_SECRET, JWT_SECRET_PREVIOUS]) assertNoKey(one.reveal());
  if (JWT_SECRET.reveal() !== undefined && isAllowed('HS256'))
    trust.secrets = () =>
      [...JWT_SECRET.accepted(), JWT_SECRET_PREVIOUS.reveal()]
        .filter((one) => one !== undefined)
        .map((one) => createSecretKey(one, 'utf8'));
  if (JWT_PUBLIC_KEY !== undefined) {
    trust.publicKey = readPublicKey(JWT_PUBLIC_KEY);
    if (!isAllowed(trust.publicKey.algorithm))
      throw wrong(
        'JWT_PUBLIC_KEY',
        `it is a key for ${trust.publicKey.algorithm}, which JWT_ALGORITHMS leaves out`,
      );
  }
  const algorithms = PUBLIC_KEY_ALGORITHMS.filter(isAllowed);
  if (JWT_JWKS_URL !== undefined && algorithms.length > 0)
    trust.issuerKeys = { url: readUrl(JWT_JWKS_URL), algorithms };
  if (JWT_ALGORITHMS.length > 0 && !trust.secrets && !trust.publicKey && !trust.issuerKeys)
    throw wrong('JWT_ALGORITHMS', 'no key is set that fits any of them');
  return trust;
}

/** Whoever has the public half could sign with it. */
function assertNoKey(secret: string | undefined): void {
  if (secret?.includes('-----BEGIN'))
    throw wrong('JWT_SECRET', 'a secret is no key in PEM form; a public key goes into JWT_PUBLIC_KEY');
}

function readPublicKey(setting: string): NonNullable<TokenTrust['publicKey']> {
  const pem = setting.replaceAll('\\n', '\n').trim();
  const key = PEM.test(pem) ? parseKey(pem) : undefined;
  if (!key) throw wrong('JWT_PUBLIC_KEY', 'give a public key in PEM form (BEGIN PUBLIC KEY)');
  const algorithm = algorithmOf(key);
  if (!algorithm)
    throw wrong('JWT_PUBLIC_KEY', 'give an RSA key of 2048 bits or more, a P-256 key or an Ed25519 key');
  return { key, algorithm };
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject) {
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= SHORTEST_RSA_BITS) return 'RS256';
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256';
  return type === 'ed25519' ? 'EdDSA' : undefined;
}

function readUrl(setting: string): URL {
  const url = new URL(setting);
  if (url.username !== '' || url.password !== '')
    throw wrong('JWT_JWKS_URL', 'a URL with a name or password cannot be fetched');
  return url;
}

/** An error that names the setting, never its value. */
const wrong = (name: string, why: string) => new SettingsError(`${name}: ${why}.`);
