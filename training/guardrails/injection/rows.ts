import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A row of the evaluation data, as far as training and measuring need it. */
export type Row = {
  id: string;
  text: string;
  label?: string;
  kind?: string;
  licence?: string;
  attack_category?: string;
  category?: string;
  task?: string;
};

export function readRows(folder: string, set: string): Row[] {
  return readFileSync(join(folder, `${set}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

/** A fifth of the rows, by their ids, is never trained on. */
export function isHeldBack({ id }: Pick<Row, 'id'>): boolean {
  return createHash('sha256').update(id).digest()[0]! % 5 === 0;
}
