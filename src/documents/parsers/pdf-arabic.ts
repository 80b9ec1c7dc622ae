const LAM = '\u0644';
const ALEF = '[\u0622\u0623\u0625\u0627]';
const ALEF_LAM = new RegExp(`(${ALEF})${LAM}`, 'g');

/** Whether a run holds an alef before a lam, which may be the two reversed. */
export function hasLamAlef(text: string): boolean {
  return text.search(ALEF_LAM) !== -1;
}

/**
 * Mends the words of one Arabic run. Lam and alef are drawn as one glyph, which stands for two letters already in their
 * logical order; pdf.js then reverses the whole run, and with it these two.
 * @param text the run in logical order, as pdf.js gives it
 * @param glyphs what each glyph of the run stands for, from left to right
 */
export function mendLamAlef(text: string, glyphs: string[]): string {
  // Every "alef, lam" of the text is a "lam, alef" as drawn: one glyph, or two with a bound between them.
  const drawn = [...glyphs.join('|').matchAll(new RegExp(`${LAM}(\\|?)${ALEF}`, 'g'))];
  const isOneGlyph = drawn.map((match) => match[1] === '').reverse();
  if (isOneGlyph.length !== text.match(ALEF_LAM)?.length) return text;
  let place = 0;
  return text.replace(ALEF_LAM, (pair, alef: string) => (isOneGlyph[place++] ? LAM + alef : pair));
}
