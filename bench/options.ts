import { parseArgs } from 'node:util';

/** As many as the aims are about; a smaller run does not replace the results that are kept. */
export const FULL_CHUNKS = 100_000;

export type Options = {
  /** At least this many chunks are ingested. */
  chunks: number;
  /** How long each server is asked in each round. */
  seconds: number;
  rounds: number;
  connections: number;
  /** Folders of the texts that the corpus is made of, and of the files that are parsed; left out where absent. */
  texts: string;
  files: string;
  /** A database that `--keep` left behind: nothing is ingested then. */
  database: string | undefined;
  keep: boolean;
};

const HELP = `npm run bench -- [--chunks 100000] [--seconds 10] [--rounds 3] [--connections 8]
                 [--texts FOLDER] [--files FOLDER] [--keep] [--database NAME]
npm run bench:vectors -- [--chunks 100000] [--texts FOLDER] [--keep] [--database NAME]

Measures ingest and POST /query, or search by vectors, on DATABASE_URL (in a database of its own there), else on a
Postgres that it starts, else on the embedded one. --keep leaves the database there for a later --database NAME, which
only asks questions.
`;

/** Exits after printing the help, with 1 where an option is unknown or no number. */
export function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: 'boolean', default: false },
        chunks: { type: 'string', default: String(FULL_CHUNKS) },
        seconds: { type: 'string', default: '10' },
        rounds: { type: 'string', default: '3' },
        connections: { type: 'string', default: '8' },
        texts: { type: 'string', default: '../shared/data/retrieval' },
        files: { type: 'string', default: '../shared/data/files' },
        database: { type: 'string' },
        keep: { type: 'boolean', default: false },
      },
    });
    if (values.help) leave(HELP, 0);
    return {
      ...values,
      database: values.database,
      chunks: positive('chunks', values.chunks),
      seconds: positive('seconds', values.seconds),
      rounds: positive('rounds', values.rounds),
      connections: positive('connections', values.connections),
    };
  } catch (error) {
    return leave(`${(error as Error).message}\n\n${HELP}`, 1);
  }
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} takes a positive integer`);
  return number;
}

function leave(text: string, code: number): never {
  process.stdout.write(text);
  process.exit(code);
}
