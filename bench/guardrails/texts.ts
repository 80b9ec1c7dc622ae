import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type TextSet = { name: string; texts: string[] };

/** The sets of one kind as they lie in the data folder. */
export function readTexts(folder: string, files: readonly string[]): TextSet[] {
  return files.map((file) => ({
    name: file.replace(/^.*\/|\..*$/g, ''),
    texts: readFileSync(join(folder, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text),
  }));
}

/** Texts one after another, cut into pieces of one length. */
export function inLengths(texts: readonly string[], length: number, most: number): string[] {
  const all = texts.join(' ');
  const count = Math.min(most, Math.floor(all.length / length));
  return Array.from({ length: count }, (_, place) => all.slice(place * length, (place + 1) * length));
}
