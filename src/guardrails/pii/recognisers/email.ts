import type { Candidate, Recogniser } from './recogniser.ts';

/** As RFC 5321 bounds it: 64 characters before the sign, labels of at most 63 behind it. */
const LOCAL_CHARS = 64;
const LOCAL = /[\p{L}\p{N}._%+'!#$&*/=?^`{|}~-]{1,64}$/u;
const DOMAIN =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}(?:\p{L}{2,24}|xn--[a-z0-9-]{1,59})(?![\p{L}\p{N}-])/u;
const LONGEST_DOMAIN = 200;
/** `john (at) example dot com`, in brackets or not. */
const AT = /\s?[([{]\s?at\s?[)\]}]\s?|\sat\s/gi;
const SPELLED_LOCAL = /[\p{L}\p{N}][\p{L}\p{N}._+-]{0,63}$/u;
const SPELLED_DOMAIN =
  /^[\p{L}\p{N}-]{1,63}(?:(?:\s?[([{]\s?dot\s?[)\]}]\s?|\sdot\s)[\p{L}\p{N}-]{1,63}){1,4}(?![\p{L}\p{N}])/iu;
/** `john at example.com` is an address; `the office at example.com` reads the same, so its score is low. */
const PLAIN_DOMAIN =
  /^(?:[\p{L}\p{N}-]{1,63}\.){1,4}(?:com|org|net|edu|gov|io|info|example|[a-z]{2})(?![\p{L}\p{N}-])/iu;

/** E-mail addresses, also with the sign and the dots spelled out. */
export const recogniseEmail: Recogniser = function* ({ text }) {
  const found = (start: number, end: number, score: number): Candidate => ({
    type: 'EMAIL',
    start,
    end,
    score,
  });
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const local = LOCAL.exec(text.slice(Math.max(0, at - LOCAL_CHARS), at))?.[0].replace(/^['./]+/, '');
    const domain = DOMAIN.exec(text.slice(at + 1, at + 1 + LONGEST_DOMAIN))?.[0];
    if (local && domain) yield found(at - local.length, at + 1 + domain.length, 0.99);
  }
  for (const { 0: sign, index } of text.matchAll(AT)) {
    const behind = index + sign.length;
    const local = SPELLED_LOCAL.exec(text.slice(Math.max(0, index - LOCAL_CHARS), index))?.[0];
    if (local === undefined) continue;
    const rest = text.slice(behind, behind + LONGEST_DOMAIN);
    const spelled = SPELLED_DOMAIN.exec(rest)?.[0];
    const plain = sign.trim() !== 'at' || /[._\d]/.test(local) ? PLAIN_DOMAIN.exec(rest)?.[0] : undefined;
    if (spelled) yield found(index - local.length, behind + spelled.length, 0.9);
    else if (plain) yield found(index - local.length, behind + plain.length, 0.8);
  }
};
