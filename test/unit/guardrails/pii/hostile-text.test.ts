import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const LENGTH = 1_000_000;
/** Many times what it takes: a cost that grows with the square of the length takes hours. */
const GENEROUS_MS = 10_000;
/** Less says nothing of how it grows. */
const LEAST_MS = 100;
const REPEATED = ['1 ', '0123 456 789 ', 'a.a.a.a@', 'John Smith ', '1:', 'a1', '4111 1111 1111 1111 '];
const PIECES = [
  'a', 'é', '中', '😀', '\ud800', '\u0301', 'a\u0301', '\u200b', '1\u200b', '１', 'ﬁ',
  ' ', '\n', '-', '(', '[', '{', '%', '. ', '+', '@', '::', '0', '1',
  'a.', 'a@', '@a.', 'a.a.a.a@', 'a@a.', 'a at b dot ', ' at ', '(at)', 'a1', 'A1 ', '1a ',
  '1 ', '0 ', '12 34 ', '1-', '5-5-5-', '+1', '+1 ', '(0', '(555) ', '0123 456 789 ', '01234 56789, ', '+44 20 7946 0958 ',
  '4111 1111 1111 1111 ', '4111111111111111', '123-45-6789 ', '123-45-6789-', '12-34-123456-12 ',
  '1.', '1.1.1.1.', '1.1.1.1 ', '1:', 'a:', '::1 ', 'fe80::1%eth0 ', '1/', '1/1/', 'born 1/1/2000 ', '1/1/2000 ',
  'DE', 'DE89 ', 'DE89370400440532013000', 'DE89 3704 ', 'passport ', 'passport A1234567 ', 'dl: D123-4567-8901 ',
  'John Smith ', '12 Main Street\n', 'Dr. ', 'van der ',
]; // prettier-ignore

/** In a process of its own: in Jest's sandbox every global costs so much that nothing can be said of time. */
function timeScans(pieces: readonly string[], length: number): number[] {
  const output = execFileSync(process.execPath, [
    join(import.meta.dirname, 'time-scans.ts'),
    JSON.stringify(pieces),
    String(length),
  ]);
  return JSON.parse(String(output)) as number[];
}

it('a million of what repeats itself is scanned', () => {
  const times = timeScans(REPEATED, LENGTH);
  expect(times).toHaveLength(REPEATED.length);
  expect(REPEATED.filter((_, place) => times[place]! > GENEROUS_MS)).toEqual([]);
}, 120_000);

it('four times as much of anything takes about four times as long', () => {
  const once = timeScans(PIECES, LENGTH / 40);
  const more = timeScans(PIECES, LENGTH / 10);
  expect(once).toHaveLength(PIECES.length);
  const grows = (place: number) => more[place]! > LEAST_MS && more[place]! / once[place]! > 9;
  expect(PIECES.filter((_, place) => grows(place))).toEqual([]);
}, 120_000);
