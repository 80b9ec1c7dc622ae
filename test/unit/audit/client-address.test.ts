import { expect, test } from '@jest/globals';
import { keptAddress } from '../../../src/audit/client-address.ts';

test.each([
  ['full', '203.0.113.9', '203.0.113.9'],
  ['full', '::ffff:203.0.113.9', '203.0.113.9'],
  ['full', '2001:db8:1:2::9', '2001:db8:1:2::9'],
  ['truncated', '203.0.113.9', '203.0.113.0'],
  ['truncated', '::ffff:203.0.113.9', '203.0.113.0'],
  ['truncated', '2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
  ['truncated', '2001:db8::9', '2001:db8:0::'],
  ['truncated', '::1', '0:0:0::'],
  ['truncated', 'fe80::1%eth0', 'fe80:0:0::'],
  ['none', '203.0.113.9', undefined],
  ['full', 'somebody', undefined],
  ['full', undefined, undefined],
] as const)('by the policy %s, %s is kept as %s', (policy, sent, kept) => {
  expect(keptAddress(policy, sent)).toBe(kept);
});
