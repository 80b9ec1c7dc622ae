import { describe, expect, test } from '@jest/globals';
import { generateKey, isKeyId, keyIdIn, newKeyId, publicId } from '../../../src/auth/api-keys.ts';
import { createKeyMacs } from '../../../src/auth/key-macs.ts';
import { parseSettings } from '../../../src/config/load.ts';

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

describe('the MAC of a key', () => {
  const ownSecret = Buffer.alloc(32, 1);
  const macsOf = (environment: Record<string, string>) =>
    createKeyMacs(parseSettings(environment), ownSecret);
  const first = 'a pepper of thirty-two characters';
  const second = 'another one that comes after it, later';

  test('is made under the pepper, and known under the secret of the database too', () => {
    const underOwn = macsOf({}).toStore('a key');
    const peppered = macsOf({ API_KEY_PEPPER: first });
    expect(macsOf({}).candidates('a key')).toEqual([underOwn.mac]);
    expect(peppered.toStore('a key').mac).toHaveLength(32);
    expect(peppered.candidates('a key')).toEqual([peppered.toStore('a key').mac, underOwn.mac]);
    expect(peppered.toStore('a key').pepperId).not.toBe(underOwn.pepperId);
  });

  test('is known under the pepper before, where that is set', () => {
    const before = macsOf({ API_KEY_PEPPER: first }).toStore('a key');
    const after = macsOf({ API_KEY_PEPPER: second, API_KEY_PEPPER_PREVIOUS: first });
    expect(after.toStore('a key')).not.toEqual(before);
    expect(after.candidates('a key')).toContainEqual(before.mac);
    expect(after.pepperIds()).toContain(before.pepperId);
    expect(macsOf({ API_KEY_PEPPER: second }).pepperIds()).not.toContain(before.pepperId);
  });
});
