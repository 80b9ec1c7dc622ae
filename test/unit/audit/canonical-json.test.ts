import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, type Json } from '../../../src/audit/canonical-json.ts';

test('sorts members by their UTF-16 code units, and writes no spaces', () => {
  const value = {
    '\u20ac': 1,
    '\r': 2,
    '1': 3,
    '\ud83d\ude00': 4,
    '\ufb33': 5,
    a: { b: [true, null, 'x'], a: undefined },
  };
  expect(canonicalJson(value)).toBe(
    '{"\\r":2,"1":3,"a":{"b":[true,null,"x"]},"\u20ac":1,"\ud83d\ude00":4,"\ufb33":5}',
  );
});

test('writes numbers as ECMAScript does, and refuses those that JSON has not', () => {
  expect(canonicalJson([1e21, 0.000001, -0, 4.5, 1 / 3])).toBe('[1e+21,0.000001,0,4.5,0.3333333333333333]');
  expect(() => canonicalJson({ a: NaN })).toThrow(TypeError);
});

test('means the same as JSON, and the order of members does not matter', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
      expect(canonicalJson(backwards(value))).toBe(text);
    }),
  );
});

const backwards = (value: Json): Json => {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(backwards);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, backwards(member!)]),
  );
};
