import { expect, test } from '@jest/globals';
import { valuesOf } from './values-of.ts';

test.each([
  ["my driver's license is H12234567", ['H12234567']],
  ['driving licence: MORGA657054SM9IJ', ['MORGA657054SM9IJ']],
  ['MORGA657054SM9IJ', ['MORGA657054SM9IJ']],
  ['AA0123456B', ['AA0123456B']],
  ['U1K711J11M', ['U1K711J11M']],
  ['13-22-123456-12', ['13-22-123456-12']],
  ['drivers license S530-460-72-123', ['S530-460-72-123']],
  ['Führerschein B072RRE2I55', ['B072RRE2I55']],
  ['DL: D1234567', ['D1234567']],
  ['driver license H12\u200b234567', ['H12\u200b234567']],
  ['H12234567', []],
  ['MORGA699054SM9IJ', []],
  ['99-22-123456-12', []],
  ['11-22-12345-12', []],
  ['U1H00A000B', []],
  ['https://dl.example.org/10.1145/3318464.3386131', []],
  ['released under the MIT licence in 2019', []],
])('%j: %j', (text, values) => {
  expect(valuesOf('DRIVER_LICENSE', text)).toEqual(values);
});
