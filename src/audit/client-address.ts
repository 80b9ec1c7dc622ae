import { isIP } from 'node:net';
import type { Settings } from '../config/schema.ts';

/** IPv4 as an IPv6 socket shows it. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const KEPT_GROUPS = 3;
const GROUPS = 8;

/** What is kept of a client's address: all of it, its network (/24 of IPv4, /48 of IPv6), or nothing. */
export function keptAddress(policy: Settings['AUDIT_ADDRESS'], sent: string | undefined): string | undefined {
  const address = MAPPED.exec(sent ?? '')?.[1] ?? sent?.replace(/%.*$/, '') ?? '';
  const family = isIP(address);
  if (policy === 'none' || family === 0) return undefined;
  if (policy === 'full') return address;
  return family === 4 ? address.replace(/\d+$/, '0') : networkOf(address);
}

/** The first 48 bits; `::` stands for the groups that are left out. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const between = Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill('0');
  return `${[...before, ...between, ...after].slice(0, KEPT_GROUPS).join(':')}::`;
}
