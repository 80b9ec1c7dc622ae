import type pg from 'pg';
import { watchStatements } from './watch-statements.ts';

export const INGEST_STAGES = ['parse', 'chunk', 'embed', 'words', 'vectors', 'rest'] as const;
export type IngestStage = (typeof INGEST_STAGES)[number];
/** Seconds of each. */
export type StageSeconds = Record<IngestStage, number>;

/** The statement with which a stage begins; one that is not here belongs to what is under way. */
const BEGINNINGS: { statement: RegExp; value?: string; stage: IngestStage }[] = [
  { statement: /^update jobs set .* stage = \$3/, value: 'chunking', stage: 'chunk' },
  { statement: /^update jobs set .* stage = \$3/, value: 'embedding', stage: 'embed' },
  { statement: /^update jobs set .* stage = \$3/, value: 'indexing', stage: 'rest' },
  { statement: /^insert into chunks /, stage: 'words' },
  { statement: /^select id from chunks /, stage: 'rest' },
  { statement: /^insert into chunk_embeddings /, stage: 'vectors' },
  { statement: /^update documents set /, stage: 'rest' },
];

export type StageClock = { enter(stage: IngestStage): void; stop(): StageSeconds };

/**
 * Tells the time of an ingest by its stages, as the application's own statements mark them; one job at a time, for only
 * then is there one stage at a time.
 */
export function startStageClock(): StageClock {
  const seconds: StageSeconds = { parse: 0, chunk: 0, embed: 0, words: 0, vectors: 0, rest: 0 };
  let stage: IngestStage = 'rest';
  let since = performance.now();
  const enter = (next: IngestStage) => {
    const now = performance.now();
    seconds[stage] += (now - since) / 1000;
    [stage, since] = [next, now];
  };
  const stopWatching = watchStatements(([first, second]) => {
    const [text, values] =
      typeof first === 'string'
        ? [first, second as unknown[] | undefined]
        : [(first as pg.QueryConfig).text, (first as pg.QueryConfig).values];
    const begun = BEGINNINGS.find(
      ({ statement, value }) => statement.test(text) && (value === undefined || values?.[2] === value),
    );
    if (begun) enter(begun.stage);
  });
  return {
    enter,
    stop: () => {
      stopWatching();
      enter('rest');
      return seconds;
    },
  };
}
