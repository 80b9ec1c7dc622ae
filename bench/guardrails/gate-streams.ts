import { createOutputGate, type OutputGateOptions } from '../../src/guardrails/output/output-gate.ts';
import { redacted } from '../../src/guardrails/pii/placeholders.ts';
import { replaceEntities } from '../../src/guardrails/pii/replace-entities.ts';
import type { PiiEntity } from '../../src/guardrails/verdict.ts';
import { mean } from '../eval/metrics.ts';
import { percentile } from '../table.ts';
import type { TextSet } from './texts.ts';

type Scan = (text: string) => { entities: readonly PiiEntity[] };

/** Of one set, streamed in pieces of four characters. */
export type GateMeasure = {
  name: string;
  texts: number;
  /** Characters that had come and not gone out, after each piece. */
  held: { mean: number; p95: number; max: number };
  /** Characters that had to come before the first went out; of texts that long. */
  first: { p50: number; p95: number };
  /** What a piece costs. */
  pieceUs: { mean: number; p99: number };
  values: number;
  /** Values of which a word went out that the scan of the whole text takes out. */
  leaks: PiiEntity[];
  /** Texts that came out otherwise than they are redacted as a whole. */
  differing: number;
};

const PIECE = 4;

export function measureGate({ name, texts }: TextSet, scan: Scan, rest: OutputGateOptions = {}): GateMeasure {
  const held: number[] = [];
  const firsts: number[] = [];
  const pieceUs: number[] = [];
  const leaks: PiiEntity[] = [];
  let values = 0;
  let differing = 0;
  for (const text of texts) {
    // With every value exempt nothing is replaced, and what came out is the text so far.
    const open = createOutputGate({ ...rest, pii: { scan, action: 'redact', isAllowed: () => true } });
    const closed = createOutputGate({ ...rest, pii: { scan, action: 'redact' } });
    let out = 0;
    let answer = '';
    for (let at = 0; at < text.length; at += PIECE) {
      const piece = text.slice(at, at + PIECE);
      const before = out;
      out += open.push(piece).length;
      if (before === 0 && out > 0) firsts.push(at + piece.length);
      held.push(at + piece.length - out);
      const started = performance.now();
      answer += closed.push(piece);
      pieceUs.push((performance.now() - started) * 1_000);
    }
    answer += closed.end();
    const { entities } = scan(text);
    values += entities.length;
    const whole = replaceEntities(text, entities, ({ type }) => redacted(type));
    if (answer === whole) continue;
    differing++;
    leaks.push(
      ...entities.filter(({ value }) =>
        value.split(/\s+/).some((word) => occurrences(answer, word) > occurrences(whole, word)),
      ),
    );
  }
  return {
    name,
    texts: texts.length,
    held: {
      mean: mean(held),
      p95: percentile(sorted(held), 0.95),
      max: Math.max(0, sorted(held).at(-1) ?? 0),
    },
    first: { p50: percentile(sorted(firsts), 0.5), p95: percentile(sorted(firsts), 0.95) },
    pieceUs: { mean: mean(pieceUs), p99: percentile(sorted(pieceUs), 0.99) },
    values,
    leaks,
    differing,
  };
}

function occurrences(text: string, value: string): number {
  return text.split(value).length - 1;
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}
