import { randomBytes } from 'node:crypto';

export type Canary = {
  /** What to put into a system prompt: random words of letters and digits that nobody would say. */
  token: string;
  /** Whether a text gives the token away: as it is, in another case, with signs between its letters, from right to left, in base64 or in hex. */
  isIn(text: string): boolean;
};

const TOKEN_BYTES = 12;

/** Makes a token that tells, when it turns up in an answer, that the system prompt is being told. */
export function createCanary(): Canary {
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  // Encoded by itself or behind other text: base64 of the same bytes reads in three ways, by where it begins.
  const encoded = [0, 1, 2].map((offset) => {
    const whole = Buffer.from(' '.repeat(offset) + token).toString('base64');
    return whole.slice(offset === 0 ? 0 : offset + 1, -4).toLowerCase();
  });
  const signs = [token, Array.from(token).reverse().join(''), Buffer.from(token).toString('hex'), ...encoded];
  return {
    token,
    isIn(text) {
      const plain = text.toLowerCase().replace(/[^a-z0-9+/]/g, '');
      return signs.some((sign) => plain.includes(sign));
    },
  };
}
