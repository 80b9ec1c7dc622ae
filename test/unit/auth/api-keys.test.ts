import { expect, test } from '@jest/globals';
import { generateKey, isKeyId, keyIdIn, newKeyId, publicId } from '../../../src/auth/api-keys.ts';
import { createKeyMacs } from '../../../src/auth/key-macs.ts';

test('a new key has an id of 12 characters and 192 random bits', () => {
  const id = newKeyId();
  const key = generateKey(id);
  expect(id).toMatch(/^[a-f0-9]{12}$/);
  expect(isKeyId(id)).toBe(true);
  expect(keyIdIn(key)).toBe(id);
  expect(Buffer.from(key.slice(`sp_${id}_`.length), 'base64url')).toHaveLength(24);
  expect(generateKey(id)).not.toBe(key);
});

test.each([
  ['sp_0a1b2c3d_' + 'x'.repeat(32), '0a1b2c3d'],
  ['sp_0a1b2c3d4e5f_' + '_-'.repeat(16), '0a1b2c3d4e5f'],
  ['sp_0a1b2c3d4_' + 'x'.repeat(32), undefined],
  ['sp_0A1B2C3D_' + 'x'.repeat(32), undefined],
  ['sp_0a1b2c3d_' + 'x'.repeat(31), undefined],
  ['sp_0a1b2c3d_' + 'x'.repeat(32) + '\n', undefined],
  ['a key of the settings, of any form', undefined],
])('the id in %j', (key, id) => {
  expect(keyIdIn(key)).toBe(id);
  expect(publicId(key)).toEqual(id ?? expect.stringMatching(/^env-[a-f0-9]{8}$/));
});

test('a key is stored under the pepper, and known under the secret of the database too', () => {
  const ownSecret = Buffer.alloc(32, 1);
  const [underOwn, ...others] = createKeyMacs(undefined, ownSecret)('a key');
  const peppered = createKeyMacs('a pepper', ownSecret)('a key');
  expect(others).toEqual([]);
  expect(peppered).toHaveLength(2);
  expect(peppered[1]).toEqual(underOwn);
  expect(peppered[0]).not.toEqual(underOwn);
  expect(peppered[0]).toHaveLength(32);
});
