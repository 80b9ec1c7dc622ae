const NAMED = new Map([
  ['white', '255,255,255'],
  ['snow', '255,250,250'],
  ['ivory', '255,255,240'],
  ['black', '0,0,0'],
]);

/** A colour as `red,green,blue`, `transparent`, or nothing where it is not told in so many words. */
export function parseColour(value: string): string | undefined {
  const hex = /^#([\da-f]{3,8})$/.exec(value)?.[1];
  if (hex) {
    const digits = hex.length < 6 ? hex.replace(/./g, '$&$&') : hex;
    if (digits.length === 8 && digits.endsWith('00')) return 'transparent';
    return [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)).join(',');
  }
  const numbers = /^(?:rgb|hsl)a?\(([^)]*)\)/.exec(value)?.[1]?.split(/[\s,/]+/);
  if (numbers) {
    if (numbers.length > 3 && Number.parseFloat(numbers[3]!) === 0) return 'transparent';
    return value.startsWith('rgb') ? numbers.slice(0, 3).map(Number).join(',') : undefined;
  }
  return value === 'transparent' ? value : NAMED.get(value);
}

/** Whether text of the one colour cannot be told from the other behind it. */
export function isSameColour(text: string, background: string): boolean {
  const [one, other] = [text.split(',').map(Number), background.split(',').map(Number)];
  return one.length === 3 && one.every((part, at) => Math.abs(part - (other[at] ?? Infinity)) <= 12);
}

/** A length in pixels where it has an absolute unit or is 0. */
export function parsePixels(value: string): number | undefined {
  const [, number, unit] = /^(-?\d{0,9}\.?\d{1,9})(px|pt|em|rem|%|vw|vh)?$/.exec(value) ?? [];
  if (number === undefined) return undefined;
  if (Number(number) === 0) return 0;
  const pixels = { px: 1, pt: 4 / 3, em: 16, rem: 16, '%': 0.16, vw: 10, vh: 10 }[unit ?? ''];
  return pixels && Number(number) * pixels;
}
