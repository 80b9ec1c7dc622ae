import type { Random } from '../../../bench/random.ts';

/** Fills a template's slots at random, each time otherwise; a slot's value may have slots, and `{Slot}` begins with a capital. */
export function fillTemplate(
  template: string,
  slots: Record<string, readonly string[]>,
  random: Random,
): string {
  let text = template;
  for (let depth = 0; depth < 5 && text.includes('{'); depth++) {
    text = text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const values = slots[name] ?? slots[name.charAt(0).toLowerCase() + name.slice(1)];
      if (!values)
        return name in ENCODERS
          ? ENCODERS[name]!(fillTemplate('{drop} {all} {earlier} {orders} and {deed}', slots, random))
          : whole;
      const value = random.pick(values);
      return slots[name] ? value : value.charAt(0).toUpperCase() + value.slice(1);
    });
  }
  return text;
}

const ENCODERS: Record<string, (text: string) => string> = {
  base64: (text) => Buffer.from(text).toString('base64'),
  rot13: (text) =>
    text.replace(/[a-z]/gi, (letter) => {
      const first = letter <= 'Z' ? 65 : 97;
      return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
    }),
  reversed: (text) => Array.from(text).reverse().join(''),
};
