import { expect, test } from '@jest/globals';
import { valuesOf } from './values-of.ts';

test.each([
  ['She was born on 4/22/1965.', ['4/22/1965']],
  ['DOB: 1965-04-22', ['1965-04-22']],
  ['date of birth 22.04.65', ['22.04.65']],
  ['my birthday is April 22nd, 1965', ['April 22nd, 1965']],
  ['born 22nd of April 1965', ['22nd of April 1965']],
  ['22 Apr 1965 is his birth date', ['22 Apr 1965']],
  ['geboren am 22.04.1965', ['22.04.1965']],
  ['DOB： １９６５-０４-２２', ['１９６５-０４-２２']],
  ['born on 4/22/1965, died on 1/2/2020', ['4/22/1965']],
  ['The invoice of 4/22/1965', []],
  ['released 1965-04-22', []],
  ['born to run', []],
  ['He was born in 1965', []],
])('%j: %j', (text, values) => {
  expect(valuesOf('DATE_OF_BIRTH', text)).toEqual(values);
});
