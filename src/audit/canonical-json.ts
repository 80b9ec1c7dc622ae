/** What JSON can hold. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json | undefined };

/**
 * The one text of a value: members sorted by their names' UTF-16 code units, no spaces, numbers and strings as ECMAScript
 * writes them (RFC 8785). Members that are undefined are left out.
 *
 * @throws TypeError for a number that JSON does not have
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('not a number of JSON');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .flatMap((name) => {
      const member = value[name];
      return member === undefined ? [] : [`${JSON.stringify(name)}:${canonicalJson(member)}`];
    });
  return `{${members.join(',')}}`;
}
