import { createHmac } from 'node:crypto';

/** Names a question without telling it. */
export type QueryHash = (question: string) => string;

const HEX_CHARS = 32;

/**
 * HMAC-SHA256 of a question, 128 bits in hexadecimal. A plain hash of a short question could be guessed by trying: without
 * the secret, this one cannot. Questions that differ in case or spaces alone have the same.
 */
export function createQueryHash(secret: Buffer): QueryHash {
  return (question) =>
    createHmac('sha256', secret)
      .update(question.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase())
      .digest('hex')
      .slice(0, HEX_CHARS);
}
