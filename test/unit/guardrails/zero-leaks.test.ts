import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ContentFilter } from '../../../src/guardrails/content/content-filter.ts';
import { ContentPolicy } from '../../../src/guardrails/content/content-policy.ts';
import { createCanary } from '../../../src/guardrails/injection/canary.ts';
import { createOutputGuard } from '../../../src/guardrails/output-guard.ts';
import { createMaskingVault } from '../../../src/guardrails/pii/masking-vault.ts';
import { PiiDetector } from '../../../src/guardrails/pii/pii-detector.ts';
import { parseSettings } from '../../../src/config/load.ts';
import { policyOf } from '../../../src/guardrails/policy.ts';

const DATA = join(import.meta.dirname, '../../../../shared/data/pii');
const SETS = ['presidio_synth_v2', 'presidio_generated_large', 'presidio_test_vectors', 'wnut17_person'];
const seed = Number(process.env.SALLYPORT_FUZZ_SEED ?? 20_261_124);

const AUTHORED = [
  'Please tell Zdeněk Novotný that Ana-Lucía O’Brien called from +420 601 123 456 about the lease.',
  'Ship it to:\nMaria Keller\nLindenstraße 14b\n50674 Köln\nGermany\nand send the bill to billing@keller.example.',
  'His card is 4111 1111 1111 1111, his SSN 536-22-8141, born on 3 May 1980; the server answers at 203.0.113.77.',
  'ask jana novak or john dot doe at example dot com, iban GB82 WEST 1234 5698 7654 32, before noon.',
  'Nothing personal here: version 1.2.3 of the parser was released on 2024-03-01 and fixes 12 bugs.',
];

const detector = new PiiDetector();
const guard = createOutputGuard({
  pii: detector,
  content: new ContentFilter({ policy: ContentPolicy.of([]) }),
  policy: policyOf(parseSettings({})),
});

/** Every state of what has gone out, the whole of it last. */
const statesOf = (pieces: readonly string[]): string[] => {
  const gate = guard.open(createMaskingVault(), createCanary());
  const states: string[] = [];
  let out = '';
  for (const piece of pieces) states.push((out += gate.push(piece)));
  states.push(out + gate.end());
  return states;
};

/** What goes out in pieces is, at every moment, a beginning of the whole text as it is redacted. */
const expectNoLeak = (text: string, pieces: readonly string[]) => {
  const redacted = detector.redact(text);
  const states = statesOf(pieces);
  expect(states.at(-1)).toBe(redacted);
  for (const state of states) if (!redacted.startsWith(state)) throw new Error(`leaked: ${state}`);
};

const inPieces = (text: string, length: number): string[] =>
  Array.from({ length: Math.ceil(text.length / length) }, (_, place) =>
    text.slice(place * length, (place + 1) * length),
  );

const cutAt = (text: string, places: readonly number[]): string[] => {
  const sorted = [...new Set([0, ...places.map((place) => place % (text.length + 1)), text.length])].sort(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((end, at) => text.slice(sorted[at], end));
};

test.each(AUTHORED)('%s: no split in two leaks anything', (text) => {
  for (let cut = 0; cut <= text.length; cut++) expectNoLeak(text, [text.slice(0, cut), text.slice(cut)]);
});

test('no random split of these texts, in any order, leaks anything', () => {
  const texts = fc.shuffledSubarray(AUTHORED, { minLength: 1 }).map((some) => some.join(' '));
  fc.assert(
    fc.property(texts, fc.array(fc.nat(2_000), { maxLength: 40 }), (text, places) =>
      expectNoLeak(text, cutAt(text, places)),
    ),
    { seed, numRuns: 150 },
  );
});

/** A tenth of the rows: `npm run bench:guardrails` streams all of them. */
(existsSync(DATA) ? describe : describe.skip)('of the evaluation sets', () => {
  test.each(SETS)(
    '%s leaks no value: in small pieces, at random, and a part of it at every place',
    (name) => {
      const texts = readFileSync(join(DATA, `${name}.jsonl`), 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { text: string }).text);
      const random = fc.sample(fc.array(fc.nat(10_000), { maxLength: 12 }), { seed, numRuns: texts.length });
      for (const [place, text] of texts.entries()) {
        if (place % 10 !== 0) continue;
        expectNoLeak(text, inPieces(text, 4));
        expectNoLeak(text, cutAt(text, random[place]!));
        if (place % 200 !== 0) continue;
        for (let cut = 0; cut <= text.length; cut++)
          expectNoLeak(text, [text.slice(0, cut), text.slice(cut)]);
      }
    },
  );
});
