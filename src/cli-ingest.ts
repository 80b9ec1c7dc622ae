import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join, relative, sep } from 'node:path';
import { SingleBar } from 'cli-progress';
import { commandEvent } from './audit/occurrence.ts';
import { compose, type Application } from './compose.ts';
import { FILE_EXTENSIONS } from './documents/sniff-format.ts';
import { AppError } from './errors/app-error.ts';
import type { IngestedDocument } from './ingest/accept-documents.ts';
import { reasonOf } from './reason.ts';
import { loadSettings } from './secrets/open-settings.ts';

/** Without groups known documents keep theirs, unless they are to be everyone's; new ones are. */
export type IngestPathsOptions = { tenant: string; groups: string[]; everyone: boolean };

/** How a file came out; `detail` says why it is not searchable. */
type Outcome = {
  path: string;
  result: 'ingested' | 'quarantined' | 'already there' | 'refused';
  detail?: string;
};

/** Files under way at once: one is read while another is indexed. */
const CONCURRENCY = 2;

/**
 * Ingests files, and folders with all they hold, showing how far it is. A file's path from here is its source, so that
 * a second run takes in only what has changed. A file that cannot be read is named at the end and stops no other.
 *
 * @returns the exit code: 1 if any file was refused
 */
export async function ingestPaths(paths: string[], options: IngestPathsOptions): Promise<number> {
  groupsOf(options); // before a database is opened
  const files = (await Promise.all(paths.map(filesOf))).flat();
  if (files.length === 0)
    throw new AppError('invalid_request', `No file to ingest: Sallyport reads ${FILE_EXTENSIONS.join(' ')}.`);
  const application = await compose(await loadSettings());
  const bar = new SingleBar({
    format: '{bar} {value}/{total} {file}',
    hideCursor: true,
    clearOnComplete: true,
  });
  const outcomes: Outcome[] = [];
  const waiting = [...files];
  bar.start(files.length, 0, { file: '' });
  try {
    const worker = async () => {
      for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
        outcomes.push(await ingestFile(application, path, options));
        bar.increment({ file: basename(path) });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  } finally {
    bar.stop();
    await application.close();
  }
  return report(outcomes);
}

/** A path that was named is taken whatever it is called; in a folder only files of a known kind are, nothing hidden. */
async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new AppError('not_found', `There is no ${path}.`);
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && FILE_EXTENSIONS.includes(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !relative(path, file)
          .split(sep)
          .some((part) => part.startsWith('.') || part === 'node_modules'),
    )
    .sort();
}

async function ingestFile(
  { ingest, readFiles, audit }: Application,
  path: string,
  { tenant, ...options }: IngestPathsOptions,
): Promise<Outcome> {
  try {
    const groups = groupsOf(options);
    const file = { bytes: await readFile(path), filename: basename(path) };
    const drafts = await readFiles([file], { source: relative('.', path).split(sep).join('/'), groups });
    const [document] = await ingest.acceptAndWait({ tenant, groups: [] }, drafts);
    await audit.record(
      commandEvent('documents.create', { tenant, ...(document ? { documents: [document.id] } : {}) }),
    );
    if (document?.status === 'quarantined')
      return { path, result: 'quarantined', detail: `quarantined: ${reasonsOf(document)}` };
    return { path, result: document?.duplicate_of === undefined ? 'ingested' : 'already there' };
  } catch (error) {
    return { path, result: 'refused', detail: reasonOf(error) };
  }
}

/** Undefined: those that stand. */
function groupsOf({ groups, everyone }: Omit<IngestPathsOptions, 'tenant'>): string[] | undefined {
  if (groups.some((group) => group.trim() === ''))
    throw new AppError('invalid_request', '--group takes a name; use --everyone for everyone.');
  if (everyone && groups.length > 0)
    throw new AppError('invalid_request', '--everyone and --group exclude each other.');
  return everyone || groups.length > 0 ? groups : undefined;
}

/** What the audit found, each sentence once. */
function reasonsOf({ findings }: IngestedDocument): string {
  return [...new Set(findings.map(({ detail }) => detail))].join(' ');
}

function report(outcomes: Outcome[]): number {
  const count = (result: Outcome['result']) => outcomes.filter((outcome) => outcome.result === result).length;
  process.stdout.write(
    `${count('ingested')} ingested, ${count('quarantined')} quarantined, ${count('already there')} already there, ${count('refused')} refused\n`,
  );
  for (const { path, detail } of outcomes)
    if (detail !== undefined) process.stderr.write(`${path}: ${detail}\n`);
  return count('refused') > 0 ? 1 : 0;
}
