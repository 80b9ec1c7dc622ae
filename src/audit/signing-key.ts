import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';
import { SettingsError } from '../config/load.ts';

/** Signs with Ed25519; `keyId` names the public half: 64 bits of its SHA-256. */
export type SigningKey = { keyId: string; publicKey: KeyObject; sign(text: string): Buffer };

/** DER of an Ed25519 private key (RFC 8410) up to its 32 bytes. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_ID_CHARS = 16;
const PUBLIC_KEYS = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;

/** Public keys that what was signed counts by: `current`'s, and those of former ones that AUDIT_PUBLIC_KEYS names. */
export function trustedKeys(current: SigningKey, formerPem: string | undefined): KeyObject[] {
  return [
    current.publicKey,
    ...(formerPem === undefined ? [] : readPublicKeys(formerPem, 'AUDIT_PUBLIC_KEYS')),
  ];
}

/**
 * The key of the settings, else one made of a secret of the deployment: whoever can read the database's tables as their
 * owner can make that one too.
 *
 * @throws SettingsError where the setting is no Ed25519 private key
 */
export function openSigningKey(pem: string | undefined, fallback: Buffer): SigningKey {
  const privateKey =
    pem === undefined
      ? createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, fallback]), format: 'der', type: 'pkcs8' })
      : readPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  return { keyId: keyIdOf(publicKey), publicKey, sign: (text) => sign(null, Buffer.from(text), privateKey) };
}

export function keyIdOf(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex').slice(0, KEY_ID_CHARS);
}

export function isSignedBy(publicKey: KeyObject, text: string, signature: Buffer): boolean {
  return verify(null, Buffer.from(text), publicKey, signature);
}

/** Whether it is signed by the key of this id, and that is one of these. */
export function isSignedByOneOf(
  keys: readonly KeyObject[],
  keyId: string,
  text: string,
  signature: Buffer,
): boolean {
  const key = keys.find((one) => keyIdOf(one) === keyId);
  return key !== undefined && isSignedBy(key, text, signature);
}

/**
 * Public keys of a text that holds them one after the other.
 *
 * @throws SettingsError where one of them is none, or not for Ed25519
 */
export function readPublicKeys(pem: string, setting: string): KeyObject[] {
  const blocks = pem.replaceAll('\\n', '\n').match(PUBLIC_KEYS) ?? [];
  try {
    const keys = blocks.map((block) => createPublicKey(block));
    if (keys.length > 0 && keys.every((key) => key.asymmetricKeyType === 'ed25519')) return keys;
  } catch {
    // Said below.
  }
  throw new SettingsError(`${setting}: not Ed25519 public keys in PEM form`);
}

function readPrivateKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem.replaceAll('\\n', '\n'));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // What is wrong with a secret is not said.
  }
  throw new SettingsError('AUDIT_SIGNING_KEY: not an Ed25519 private key in PEM form');
}
