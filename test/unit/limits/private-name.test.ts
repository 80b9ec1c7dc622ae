import { describe, expect, test } from '@jest/globals';
import { createPrivateName } from '../../../src/limits/private-name.ts';

describe('a private name', () => {
  const pepper = 'a pepper that all replicas have';
  const nameOf = createPrivateName(pepper);

  test('is short, and the same for the same text in every process', () => {
    expect(nameOf('192.0.2.1')).toMatch(/^[\w-]{22}$/);
    expect(createPrivateName(pepper)('192.0.2.1')).toBe(nameOf('192.0.2.1'));
    expect(nameOf('192.0.2.2')).not.toBe(nameOf('192.0.2.1'));
  });

  test('cannot be found by trying texts without the pepper', () => {
    expect(createPrivateName('another pepper')('192.0.2.1')).not.toBe(nameOf('192.0.2.1'));
    expect(createPrivateName()('192.0.2.1')).not.toBe(nameOf('192.0.2.1'));
  });
});
