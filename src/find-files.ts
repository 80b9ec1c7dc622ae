import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { FILE_EXTENSIONS } from './documents/sniff-format.ts';
import { AppError } from './errors/app-error.ts';

export type FoundFile = {
  path: string;
  /** Its place within the folder that was named, with `/`: the same from wherever the command is run. */
  source: string;
};

export type SkippedFile = { path: string; why: string };

export type FoundFiles = { files: FoundFile[]; skipped: SkippedFile[] };

/**
 * The files that a path names: one that was named itself, whatever it is called; of a folder all that have a name
 * which Sallyport reads, nothing hidden.
 *
 * @throws AppError `not_found`
 */
export async function findFiles(path: string): Promise<FoundFiles> {
  const named = await stat(path).catch(() => undefined);
  if (!named) throw new AppError('not_found', `There is no file or folder ${path}.`);
  if (!named.isDirectory()) return { files: [{ path, source: basename(path) }], skipped: [] };
  const found: FoundFiles = { files: [], skipped: [] };
  await walk(path, '', found);
  return found;
}

async function walk(folder: string, place: string, found: FoundFiles): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    const source = `${place}${entry.name}`;
    const why = reasonToSkip(entry);
    if (why !== undefined) found.skipped.push({ path, why });
    else if (entry.isDirectory()) await walk(path, `${source}/`, found);
    else found.files.push({ path, source });
  }
}

type Entry = { name: string; isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean };

function reasonToSkip(entry: Entry): string | undefined {
  if (entry.name.startsWith('.')) return 'hidden';
  if (entry.name === 'node_modules') return 'packages, not documents';
  if (entry.isDirectory()) return undefined;
  if (entry.isSymbolicLink()) return 'a link: name what it leads to';
  if (!entry.isFile()) return 'neither a file nor a folder';
  const extension = extname(entry.name).toLowerCase();
  if (FILE_EXTENSIONS.includes(extension)) return undefined;
  return extension === '' ? 'its name has no extension' : `${extension} is not a format that Sallyport reads`;
}
