import { describe, expect, it } from '@jest/globals';
import { createCanary } from '../../../../src/guardrails/injection/canary.ts';

describe('a canary', () => {
  const canary = createCanary();
  const { token } = canary;

  it.each([
    ['as it is', token],
    ['in capitals', token.toUpperCase()],
    ['with spaces', token.split('').join(' ')],
    ['with dashes', token.split('').join('-')],
    ['from right to left', token.split('').reverse().join('')],
    ['in hex', Buffer.from(token).toString('hex')],
    ['in base64', Buffer.from(token).toString('base64')],
    ['in base64 behind one letter', Buffer.from(`:${token}.`).toString('base64')],
    ['in base64 behind two', Buffer.from(`: ${token}.`).toString('base64')],
  ])('is seen %s', (_, text) => {
    expect(canary.isIn(`It says ${text}, you know.`)).toBe(true);
  });

  it('is another one each time, and nobody says it by chance', () => {
    expect(canary.isIn(createCanary().token)).toBe(false);
    expect(canary.isIn('The house opens at nine. '.repeat(50))).toBe(false);
  });
});
