import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_TENANT } from './auth/principal.ts';
import type { Application } from './compose.ts';
import { packageRoot } from './config/package-root.ts';

const MANUAL = ['README.md', 'SECURITY.md'];

/** Gives an empty index Sallyport's own manual, so that the first question has something true to be answered from. */
export async function ingestManual({ documents, ingest, readFiles }: Application): Promise<void> {
  const scope = { tenant: DEFAULT_TENANT, groups: [] };
  const { documents: existing } = await documents.list(scope, { limit: 1 });
  if (existing.length > 0) return;
  const files = await Promise.all(
    MANUAL.map(async (filename) => ({
      filename,
      mediaType: 'text/markdown',
      bytes: await readFile(join(packageRoot, filename)),
    })),
  );
  const drafts = (await readFiles(DEFAULT_TENANT, files, {})).map((draft, place) => ({
    ...draft,
    source: MANUAL[place]!,
  }));
  await ingest.acceptAndWait(scope, drafts);
}
