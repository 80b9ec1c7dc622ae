import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { SingleBar } from 'cli-progress';
import { commandEvent } from './audit/occurrence.ts';
import { compose, type Application } from './compose.ts';
import { FILE_EXTENSIONS } from './documents/sniff-format.ts';
import { AppError } from './errors/app-error.ts';
import { findFiles, type FoundFile, type SkippedFile } from './find-files.ts';
import type { IngestedDocument } from './ingest/ingested-document.ts';
import { reasonOf } from './reason.ts';
import { loadSettings } from './secrets/open-settings.ts';

export type IngestPathsOptions = {
  tenant: string;
  /** Without any, known documents keep theirs, unless they are to be everyone's; new ones are. */
  groups: string[];
  everyone: boolean;
  /** Put before each source. */
  prefix: string;
};

/** How a file came out; `detail` says why it is not searchable. */
type Outcome = {
  path: string;
  result: 'ingested' | 'quarantined' | 'already there' | 'refused';
  detail?: string;
};

/** Files under way at once: one is read while another is indexed. */
const CONCURRENCY = 2;
/** Skipped files that are named; of the others the count is told. */
const MAX_SKIPPED_LINES = 20;

/**
 * Ingests files, and folders with all they hold, showing how far it is. A file's place in the folder that was named is
 * its source, so that a second run, from wherever, takes in only what has changed. Files that are skipped, or cannot be
 * read, are named and stop no other.
 *
 * @returns the exit code: 1 if any file was refused
 */
export async function ingestPaths(paths: string[], options: IngestPathsOptions): Promise<number> {
  groupsOf(options); // before a database is opened
  const found = await Promise.all(paths.map(findFiles));
  const skipped = found.flatMap((each) => each.skipped);
  const files = withSources(
    found.flatMap((each) => each.files),
    options.prefix,
  );
  reportSkipped(skipped);
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
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        outcomes.push(await ingestFile(application, file, options));
        bar.increment({ file: basename(file.path) });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  } finally {
    bar.stop();
    await application.close();
  }
  return report(outcomes, skipped.length);
}

/** Each file once. Two files of one source would be two versions of one document, and only the last would be found. */
function withSources(files: readonly FoundFile[], prefix: string): FoundFile[] {
  const bySource = new Map<string, FoundFile>();
  const paths = new Set<string>();
  for (const { path, source: place } of files) {
    if (paths.has(resolve(path))) continue;
    paths.add(resolve(path));
    const source = prefix === '' ? place : `${prefix.replace(/\/+$/, '')}/${place}`;
    const other = bySource.get(source);
    if (other !== undefined)
      throw new AppError(
        'invalid_request',
        `${other.path} and ${path} would both have the source ${source}: ingest them separately, with --prefix.`,
      );
    bySource.set(source, { path, source });
  }
  return [...bySource.values()];
}

async function ingestFile(
  { ingest, readFiles, audit }: Application,
  { path, source }: FoundFile,
  { tenant, ...options }: IngestPathsOptions,
): Promise<Outcome> {
  try {
    const groups = groupsOf(options);
    const file = { bytes: await readFile(path), filename: basename(path) };
    const drafts = await readFiles(tenant, [file], { source, groups });
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

function report(outcomes: Outcome[], skipped: number): number {
  const count = (result: Outcome['result']) => outcomes.filter((outcome) => outcome.result === result).length;
  process.stdout.write(
    `${count('ingested')} ingested, ${count('quarantined')} quarantined, ${count('already there')} already there, ${count('refused')} refused, ${skipped} skipped\n`,
  );
  for (const { path, detail } of outcomes)
    if (detail !== undefined) process.stderr.write(`${path}: ${detail}\n`);
  return count('refused') > 0 ? 1 : 0;
}

function reportSkipped(skipped: SkippedFile[]): void {
  for (const { path, why } of skipped.slice(0, MAX_SKIPPED_LINES))
    process.stderr.write(`${path}: skipped: ${why}\n`);
  if (skipped.length > MAX_SKIPPED_LINES)
    process.stderr.write(`... and ${skipped.length - MAX_SKIPPED_LINES} more were skipped.\n`);
}
