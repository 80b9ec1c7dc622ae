import { PiiDetector } from '../../../src/guardrails/pii/pii-detector.ts';
import { PII_TYPES, type PiiType } from '../../../src/guardrails/verdict.ts';
import { row } from '../../table.ts';
import { readPiiSet, type PiiRow } from './pii-rows.ts';
import { fScore, isAmong, precisionOf, recallOf, scoreRows, type JudgedRow } from './pii-score.ts';

const MARKED_SETS = ['presidio_synth_v2', 'presidio_generated_large', 'wnut17_person'];
const MEASURES = ['spans', 'P', 'R', 'F1', 'F2'];
const SPEED_PASSES = 3;
const ERROR_CONTEXT_CHARS = 30;

/**
 * Measures the PII detector on the development sets: a finding that overlaps a marked span of its type is right. Sums are
 * over the types that a set marks.
 */
export function evaluatePii(folder: string, { errors }: { errors: boolean }): string[] {
  const detector = new PiiDetector();
  const judge = (set: string): JudgedRow[] =>
    readPiiSet(folder, set).map((one) => ({ ...one, entities: detector.scan(one.text).entities }));
  const marked = MARKED_SETS.map((set) => ({ set, rows: judge(set) }));
  const vectors = judge('presidio_test_vectors');
  const negatives = judge('negatives');
  return [
    '### Personal data',
    '',
    ...marked.flatMap(({ set, rows }) => markedTable(set, rows)),
    ...vectorTable(vectors),
    ...negativesTable(negatives),
    speedLine(detector, [...negatives, ...marked[0]!.rows]),
    ...(errors
      ? [
          '',
          ...marked.flatMap(({ rows }) => errorLines(rows)),
          ...vectors.flatMap(vectorErrors),
          ...negatives.flatMap(falseFindings),
        ]
      : []),
  ];
}

function markedTable(set: string, rows: JudgedRow[]): string[] {
  const types = typesOf(rows);
  const [held, all] = [rows.filter(({ isHeldBack }) => isHeldBack), rows];
  const line = (name: string, wanted: readonly PiiType[]) =>
    row(
      name,
      [held, all].flatMap((some) => {
        const score = scoreRows(some, wanted);
        const rates = [precisionOf(score), recallOf(score), fScore(score, 1), fScore(score, 2)];
        return [`${score.marked}`, ...rates.map((rate) => (score.marked === 0 ? '' : rate.toFixed(3)))];
      }),
    );
  const others = rows.flatMap(({ entities }) => entities).filter(({ type }) => !types.includes(type));
  return [
    ...head(set, [
      ...MEASURES.map((name) => `${name}, held back`),
      ...MEASURES.map((name) => `${name}, all`),
    ]),
    ...types.map((type) => line(type, [type])),
    line('all of these', types),
    '',
    ...(set.includes('person') ? [] : [`Findings of types that are not marked there: ${others.length}.`, '']),
  ];
}

function vectorTable(rows: JudgedRow[]): string[] {
  const share = (some: JudgedRow[], isRight: (one: JudgedRow) => boolean) =>
    some.length === 0 ? '' : `${some.filter(isRight).length} of ${some.length}`;
  return [
    ...head('presidio_test_vectors', [
      'in context',
      'bare',
      'with the same bounds',
      'look-alikes left alone',
    ]),
    ...typesOf(rows).map((type) => {
      const holding = rows.filter(({ spans }) => spans.some((span) => span.type === type));
      return row(type, [
        share(
          holding.filter(({ bare }) => !bare),
          (one) => isFound(one, type),
        ),
        share(
          holding.filter(({ bare }) => bare),
          (one) => isFound(one, type),
        ),
        share(holding, (one) => hasSameBounds(one, type)),
        share(
          rows.filter(({ negativeFor }) => negativeFor.includes(type)),
          (one) => !isReported(one, type),
        ),
      ]);
    }),
    '',
  ];
}

function negativesTable(rows: JudgedRow[]): string[] {
  const [held, all] = [rows.filter(({ isHeldBack }) => isHeldBack), rows];
  const line = (name: string, types: readonly PiiType[]) =>
    row(
      name,
      [held, all].flatMap((some) => {
        const count = some.flatMap(wrongIn).filter(({ type }) => types.includes(type)).length;
        return [`${count}`, ((count / bytesOf(some)) * 10_000).toFixed(3)];
      }),
    );
  return [
    ...head('negatives: false findings', ['held back', 'in 10 KB, held back', 'all', 'in 10 KB, all']),
    ...PII_TYPES.map((type) => line(type, [type])),
    line('all of these', PII_TYPES),
    '',
  ];
}

/** By the processor's time, so that other work on the machine does not count. */
function speedLine(detector: PiiDetector, rows: PiiRow[]): string {
  const text = rows.map((one) => one.text).join('\n');
  detector.scan(text);
  const from = process.cpuUsage();
  for (let pass = 0; pass < SPEED_PASSES; pass++) detector.scan(text);
  const { user, system } = process.cpuUsage(from);
  const speed = (SPEED_PASSES * Buffer.byteLength(text)) / (user + system);
  return `Speed on one core: ${speed.toFixed(1)} MB/s of processor time.`;
}

function head(name: string, columns: string[]): string[] {
  return [
    row(name, columns),
    row(
      '---',
      columns.map(() => '---'),
    ),
  ];
}

function typesOf(rows: PiiRow[]): PiiType[] {
  return PII_TYPES.filter((wanted) => rows.some(({ spans }) => spans.some(({ type }) => type === wanted)));
}

function isFound({ spans, entities }: JudgedRow, type: PiiType): boolean {
  return spans.every((span) => span.type !== type || isAmong(span, entities));
}

function hasSameBounds({ spans, entities }: JudgedRow, type: PiiType): boolean {
  const bounds = (some: { type: PiiType; start: number; end: number }[]) =>
    some
      .filter((one) => one.type === type)
      .map(({ start, end }) => `${start}-${end}`)
      .join();
  return bounds(spans) === bounds(entities);
}

function isReported({ entities }: JudgedRow, type: PiiType): boolean {
  return entities.some((entity) => entity.type === type);
}

function wrongIn({ entities, negativeFor }: JudgedRow) {
  return entities.filter(({ type }) => negativeFor.includes(type));
}

function bytesOf(rows: PiiRow[]): number {
  return rows.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}

function errorLines(rows: JudgedRow[]): string[] {
  const types = typesOf(rows);
  return rows.flatMap((one) => [
    ...one.spans.filter((span) => !isAmong(span, one.entities)).map((span) => tell(one, 'missed', span)),
    ...one.entities
      .filter((entity) => types.includes(entity.type) && !isAmong(entity, one.spans))
      .map((entity) => tell(one, 'not marked', entity)),
  ]);
}

function vectorErrors(one: JudgedRow): string[] {
  return [
    ...one.spans.filter((span) => !isAmong(span, one.entities)).map((span) => tell(one, 'missed', span)),
    ...falseFindings(one),
  ];
}

function falseFindings(one: JudgedRow): string[] {
  return wrongIn(one).map((entity) => tell(one, 'false', entity));
}

function tell(
  { id, text, entities }: JudgedRow,
  what: string,
  { type, start, end }: { type: PiiType; start: number; end: number },
): string {
  const instead = entities.find((entity) => entity.start < end && start < entity.end && entity.type !== type);
  const near = [
    text.slice(Math.max(0, start - ERROR_CONTEXT_CHARS), start),
    text.slice(start, end),
    text.slice(end, end + ERROR_CONTEXT_CHARS),
  ].join('¦');
  return `- ${id}: ${type} ${what}${instead ? ` (${instead.type} there)` : ''}: ${JSON.stringify(near)}`;
}
