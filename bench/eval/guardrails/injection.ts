import { isHeldBack, readRows, type Row } from '../../../training/guardrails/injection/rows.ts';
import { createInjectionDetector } from '../../../src/guardrails/injection/injection-detector.ts';
import { guardText } from '../../../src/guardrails/text/guarded-text.ts';
import type { Direction } from '../../../src/guardrails/verdict.ts';
import { row } from '../../table.ts';
import { mean } from '../metrics.ts';

type Judged = Row & { set: string; direction: Direction; detected: boolean; score: number; micros: number };

const ATTACKS = ['deepset_prompt_injections', 'jailbreaks_in_the_wild', 'garak_probes', 'piguard_pint_style'];
const BENIGN: [set: string, direction: Direction][] = [
  ['injection/notinject', 'input'],
  ['injection/deepset_prompt_injections', 'input'],
  ['injection/piguard_pint_style', 'input'],
  ['topics/clinc150', 'input'],
  ['topics/banking77', 'input'],
  ['retrieval/squad2.queries', 'input'],
  ['injection/docs_with_trigger_words', 'document'],
  ['injection/docs_about_injection', 'document'],
  ['injection/bipia_indirect', 'document'],
  ['pii/negatives', 'document'],
  ['retrieval/squad2.corpus', 'document'],
];

/** Measures the injection detector on the development sets: found attacks, false alarms, AUROC, and BIPIA by category. */
export function evaluateInjection(folder: string, { errors }: { errors: boolean }): string[] {
  const detector = createInjectionDetector();
  const judge = (set: string, direction: Direction, isWanted: (one: Row) => boolean): Judged[] =>
    readRows(folder, set)
      .filter(isWanted)
      .map((one) => {
        const from = performance.now();
        const { detected, score } = detector.check(guardText(one.text), direction);
        return { ...one, set, direction, detected, score, micros: (performance.now() - from) * 1_000 };
      });
  const found = ATTACKS.map((set) =>
    judge(`injection/${set}`, 'input', ({ label }) => label === 'injection'),
  );
  const clean = BENIGN.map(([set, direction]) => judge(set, direction, ({ label }) => label !== 'injection'));
  const planted = judge('injection/bipia_indirect', 'document', ({ label }) => label === 'injection');
  const auroc = (set: string) =>
    areaUnder(
      found.flat().filter((one) => one.set === set),
      clean.flat().filter((one) => one.set === set),
    );
  return [
    '### Prompt injection',
    '',
    ...table('attacks found', [...found, found.flat()], (rows) => auroc(rows[0]!.set)),
    ...table('false alarms', clean, () => ''),
    `All attacks against all harmless texts of the same direction: AUROC ${areaUnder(
      found.flat(),
      clean.flat().filter(({ direction }) => direction === 'input'),
    )}.`,
    '',
    ...table('BIPIA, planted', [...byCategory(planted), planted], () => ''),
    ...(errors
      ? [
          ...found.flat().filter(({ detected }) => !detected),
          ...clean.flat().filter(({ detected }) => detected),
        ].map(describe)
      : []),
  ];
}

function table(title: string, groups: Judged[][], last: (rows: Judged[]) => string): string[] {
  const seen = new Set<string>();
  return [
    row(title, ['direction', 'rows', 'held back', 'all', 'µs a text', 'AUROC']),
    row('---', ['---', '---', '---', '---', '---', '---']),
    ...groups.map((rows) => {
      const [{ set, direction, attack_category: category }] = rows as [Judged];
      const isTotal = new Set(rows.map((one) => one.attack_category ?? one.set)).size > 1;
      const name = isTotal ? 'all of them' : (category ?? set);
      seen.add(name);
      const held = rows.filter(isHeldBack);
      return row(name, [
        direction,
        `${rows.length}`,
        share(held),
        share(rows),
        mean(rows.map(({ micros }) => micros)).toFixed(0),
        isTotal ? '' : last(rows),
      ]);
    }),
    '',
  ];
}

function byCategory(rows: Judged[]): Judged[][] {
  return [...Map.groupBy(rows, ({ attack_category: category }) => category).values()];
}

function share(rows: Judged[]): string {
  return rows.length === 0 ? '' : mean(rows.map(({ detected }) => Number(detected))).toFixed(3);
}

/** The chance that an attack scores higher than a harmless text. */
function areaUnder(attacks: Judged[], harmless: Judged[]): string {
  if (attacks.length === 0 || harmless.length === 0) return '';
  const wins = attacks.map(({ score }) =>
    mean(harmless.map((other) => (score > other.score ? 1 : score === other.score ? 0.5 : 0))),
  );
  return mean(wins).toFixed(3);
}

function describe({ id, detected, score }: Judged): string {
  return `- ${id}: ${detected ? 'false alarm' : 'missed'}, ${score.toFixed(2)}`;
}
