/** The first word of a name or an address has its odd tag, and each further word the even one after it; all other words are `OTHER`. */
export const OTHER = 0;
export const PERSON = 1;
export const ADDRESS = 3;
export const TAG_COUNT = 5;

/** A word continues only what stands before it. */
export function mayFollow(before: number, tag: number): boolean {
  return tag === OTHER || isFirst(tag) || before === tag || before === tag - 1;
}

export function isFirst(tag: number): boolean {
  return tag % 2 === 1;
}
