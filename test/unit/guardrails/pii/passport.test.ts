import { expect, test } from '@jest/globals';
import { valuesOf } from './values-of.ts';

test.each([
  ['my passport number is 912803456', ['912803456']],
  ['Passport A12803456 and no more', ['A12803456']],
  ['Reisepass C01X00T47', ['C01X00T47']],
  ['AAA123456 es mi número de pasaporte', ['AAA123456']],
  ['여권 M123A4567', ['M123A4567']],
  ['M345E9012', ['M345E9012']],
  ['L01X00T44', ['L01X00T44']],
  ['passport: Ａ１２８０３４５６', ['Ａ１２８０３４５６']],
  ['pass\u00adport: A1280\u200b3456', ['A1280\u200b3456']],
  ['L01X00T45', []],
  ['M123A456', []],
  ['MM123A4567', []],
  ['my passport number is T356907', []],
  ['passport office', []],
  ['commit 3f2a91b77', []],
  ['part AB1234567', []],
])('%j: %j', (text, values) => {
  expect(valuesOf('PASSPORT', text)).toEqual(values);
});
