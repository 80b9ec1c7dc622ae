import { createHmac, createSecretKey } from 'node:crypto';

/** Stands for something personal where it must not be read: the same text gives the same name. */
export type PrivateName = (text: string) => string;

/** Enough that no two callers share one (132 bits). */
const NAME_CHARS = 22;

/**
 * Names of 22 base64url characters. Without a pepper they can be found by trying every text; they are then still the same on
 * all servers that count in one Redis, whichever database each has.
 */
export function createPrivateName(pepper = ''): PrivateName {
  const key = createSecretKey(pepper, 'utf8');
  return (text) => createHmac('sha256', key).update(`name\n${text}`).digest('base64url').slice(0, NAME_CHARS);
}
