import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../bench/random.ts';

/** A sentence that we wrote, and the template it comes from. */
export type Authored = { text: string; template: string; labels: string[] };

const FOLDER = join(import.meta.dirname, 'templates');
const SLOT = /\{([a-z_]+)\}/g;

/** Fills the templates of a file with words of `words.txt`, each as often as it has slots to vary, `most` times at the most. */
export function expandTemplates(file: string, most: number, seed = 1): Authored[] {
  const random = seededRandom(seed);
  const words = new Map(
    linesOf('words.txt').map((line) => {
      const colon = line.indexOf(':');
      return [
        line.slice(0, colon),
        line
          .slice(colon + 1)
          .split('|')
          .map((word) => word.trim()),
      ];
    }),
  );
  const fill = (template: string): string =>
    template.replace(SLOT, (_, slot: string) => {
      const choices = words.get(slot);
      if (!choices) throw new Error(`words.txt has no ${slot}.`);
      return fill(random.pick(choices));
    });
  return linesOf(file).flatMap((line) => {
    const space = line.indexOf(' ');
    const labels = line.slice(0, space) === '-' ? [] : line.slice(0, space).split(',');
    const template = line.slice(space + 1);
    const slots = template.match(SLOT)?.length ?? 0;
    const texts = Array.from({ length: slots === 0 ? 1 : Math.min(most, 6 * slots) }, () =>
      styled(fill(template), random.next()),
    );
    return [...new Set(texts)].map((text) => ({ text, template, labels }));
  });
}

/** Half begin with a capital, some end in a mark: neither may tell anything. */
function styled(text: string, chance: number): string {
  const start = chance < 0.6 ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  const end = /[.!?]$/.test(text) ? '' : ['', '.', '', '!'][Math.floor(chance * 400) % 4]!;
  return start + end;
}

function linesOf(file: string): string[] {
  return readFileSync(join(FOLDER, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}
