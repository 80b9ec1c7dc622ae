const COMBINING: Record<string, string> = { '´': '\u0301', '¨': '\u0308', ˆ: '\u0302', '˜': '\u0303' };

/** Puts accents onto their letters where TeX drew them by themselves and before: `Th´eodore` becomes `Théodore`. */
export function composeAccents(text: string): string {
  return text.replace(/([´¨ˆ˜])(\p{L})/gu, (both, accent: string, letter: string) => {
    const composed = `${letter}${COMBINING[accent]!}`.normalize('NFC');
    return composed.length === letter.length ? composed : both;
  });
}
