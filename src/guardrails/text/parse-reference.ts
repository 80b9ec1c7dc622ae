import { parseFragment } from 'parse5';

/** A reference as HTML writes a character: `&#50;`, `&#x32`, `&commat;`. Only a numeric one may lack its semicolon. */
export const REFERENCE = /&(?:#(?:(?<decimal>\d{1,7})|x(?<hex>[0-9a-f]{1,6}));?|[a-z][a-z0-9]{1,31};)/iy;

/** Names are looked up once; there are some two thousand, and what is none of them is not kept. */
const named = new Map<string, string>();

/** What a reference stands for; undefined where it stands for nothing. */
export function characterOf({ 0: reference, groups }: RegExpExecArray): string | undefined {
  const { decimal, hex } = groups!;
  if (decimal === undefined && hex === undefined) return namedCharacter(reference);
  const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
  const isCharacter = code > 0 && code <= 0x10ffff && (code & 0x1ff800) !== 0xd800;
  return isCharacter ? String.fromCodePoint(code) : undefined;
}

function namedCharacter(reference: string): string | undefined {
  const known = named.get(reference);
  if (known !== undefined) return known;
  const [node] = parseFragment(reference).childNodes;
  const character = node && 'value' in node ? node.value : reference;
  if (character === reference || character.endsWith(';')) return undefined;
  named.set(reference, character);
  return character;
}
