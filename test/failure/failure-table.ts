import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAILURES, type Failure, type FailureName } from './failures.ts';

/** What was measured of a failure, ms. */
export type Figures = {
  /** The longest that a caller waited for an answer or a refusal. */
  waitedMs: number;
  /** Until all are served again: from the end of the failure or, where it has none (a killed server), from its beginning. */
  backMs: number;
};

const FILE = join(import.meta.dirname, '..', '..', 'deploy', 'FAILURES.md');
const ABOUT = `# What fails, and what then

Each line is a case of \`test/failure\`: real servers, a Postgres and a Redis that are taken away and given back, a model that
misbehaves, and callers who ask all the time meanwhile. Nobody is ever told 500, nobody waits without end, and nothing is let in
that cannot be counted or put on record.

The words are those that the tests hold the servers to: \`npm test\` fails where they differ. The times are those of the run that
wrote this file, on two cores that had the tests to run besides. To measure again:

    SALLYPORT_WRITE_FAILURES=1 npm test -- --runInBand test/failure

`;
const HEAD = ['what fails', 'what callers are told', 'longest wait', 'what is lost', 'served again after'];

/** The whole file; a failure that was not measured has no times. */
export const failureTable = (figuresOf: (failure: string) => string[]): string => {
  const lines = Object.values<Failure>(FAILURES).map(({ failure, told, sometimes = [], besides, lost }) => {
    const [waited = '–', back = '–'] = figuresOf(failure);
    const says = [...told, ...sometimes].map(inWords).join(' or ');
    return [failure, says === '' ? besides : `${says}, ${besides}`, waited, lost, back];
  });
  const table = [HEAD, HEAD.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  return `${ABOUT}${table.join('\n')}\n`;
};

const inWords = (told: string): string =>
  told
    .replace('broken off', 'a broken connection')
    .replace(/^(\d{3}) (\w+)$/, '$1 `$2`')
    .replace(/^error (\w+)$/, 'an `error` event `$1`');

export const keptTable = (): string => (existsSync(FILE) ? readFileSync(FILE, 'utf8') : '');

/** The times that the file has for a failure. */
export const keptFigures = (failure: string): string[] => {
  const line = keptTable()
    .split('\n')
    .find((text) => text.startsWith(`| ${failure} |`));
  const [, , , waited, , back] = line?.split('|').map((cell) => cell.trim()) ?? [];
  return waited === undefined || back === undefined ? [] : [waited, back];
};

const inSeconds = (ms: number): string => `${(Math.ceil(ms / 100) / 10).toFixed(1)} s`;

/** Says how long it took, and writes it into the file where this run is to. */
export const report = (name: FailureName, { waitedMs, backMs }: Figures): void => {
  const { failure } = FAILURES[name];
  const measured = [inSeconds(waitedMs), inSeconds(backMs)];
  console.log(`${failure}: the longest wait was ${measured[0]!}, served again after ${measured[1]!}`);
  if (!process.env.SALLYPORT_WRITE_FAILURES) return;
  writeFileSync(
    FILE,
    failureTable((other) => (other === failure ? measured : keptFigures(other))),
  );
};
