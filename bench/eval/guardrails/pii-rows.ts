import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Span } from '../../../src/language/span.ts';
import type { PiiType } from '../../../src/guardrails/verdict.ts';

/** A row of the data's `pii` sets. */
export type PiiRow = {
  id: string;
  text: string;
  spans: (Span & { type: PiiType })[];
  /** The row is only the identifier: nothing around it says what it is. */
  bare: boolean;
  /** Types that are not in the row, whatever looks like one. */
  negativeFor: PiiType[];
  /** Nothing was trained on rows of this one's group. */
  isHeldBack: boolean;
};

type RawRow = Pick<PiiRow, 'id' | 'text' | 'spans'> & {
  bare?: boolean;
  negative_for?: PiiType[];
  template_id?: number;
};

export function readPiiSet(folder: string, set: string): PiiRow[] {
  return readFileSync(join(folder, 'pii', `${set}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { id, text, spans, bare = false, negative_for = [], template_id } = JSON.parse(line) as RawRow;
      const group = String(template_id ?? id);
      const isHeldBack = createHash('sha256').update(group).digest()[0]! % 5 === 0;
      return { id, text, spans, bare, negativeFor: negative_for, isHeldBack };
    });
}
