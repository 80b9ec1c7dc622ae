import { isIPv4, isIPv6 } from 'node:net';
import { saysBefore, type Candidate, type Recogniser } from './recogniser.ts';

const V4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/g;
const VERSION = /\bv(?:ersion)?[ .:]?$/i;
/** Whatever has the characters of an address, two colons among them. */
const V6 =
  /(?<![\w:.])(?=[0-9a-f]{0,4}:[0-9a-f]{0,4}:)[0-9a-f:]{2,40}(?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})?(?:%[a-z0-9]{1,16})?(?![\w:]|\.\d)/gi;
const NETWORK =
  /(?:\b(?:ip|ipv6|addr(?:ess)?|host|from|to|src|source|dst|dest|destination|listen|bind|ping|connect\w*|client|server|peer|gateway|localhost)\W{0,4}(?:is )?)$/i;
/** As long an address as no operator or time is. */
const LONG = 4;

/** The length of a network's part. */
const PREFIX = /^\/(\d{1,3})(?!\d)/;

/** IP addresses of both versions, with a zone or a network's prefix. Short ones such as `::1` only where something says address. */
export const recogniseIpAddress: Recogniser = function* (input) {
  const { text } = input;
  const found = (start: number, end: number): Candidate => ({ type: 'IP_ADDRESS', start, end, score: 0.9 });
  const prefixAt = (end: number, most: number): number => {
    const prefix = PREFIX.exec(text.slice(end, end + 5));
    return prefix && Number(prefix[1]) <= most ? prefix[0].length : 0;
  };
  for (const { 0: value, index } of text.matchAll(V4)) {
    if (!isIPv4(value) || VERSION.test(text.slice(Math.max(0, index - 10), index))) continue;
    const end = index + value.length;
    yield found(index, end + prefixAt(end, 32));
  }
  if (!text.includes(':')) return;
  for (const { 0: value, index } of text.matchAll(V6)) {
    if (!isIPv6(value)) continue;
    const end = index + value.length;
    const prefix = prefixAt(end, 128);
    const isLong = value.replace(/[^0-9a-f]/gi, '').length >= LONG && /\d/.test(value);
    if (isLong || prefix > 0 || saysBefore(input, index, NETWORK)) yield found(index, end + prefix);
  }
};
