import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose, type Application } from '../../src/compose.ts';
import { managing } from '../../src/db/database.ts';
import { draftFromText } from '../../src/ingest/document-draft.ts';
import { loadSettings } from '../../src/secrets/open-settings.ts';
import type { CorpusDocument } from './dataset.ts';

/** An application of its own to measure: on `DATABASE_URL` where that is set, else embedded, in a temporary folder. */
export async function openApplication(overrides: Record<string, string> = {}): Promise<Application> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-measure-'));
  const application = await compose(
    await loadSettings({
      NODE_ENV: 'test',
      LOG_LEVEL: 'error',
      DATA_DIR: folder,
      ADMIN_API_KEYS: 'a key that nobody will ever use'.replaceAll(' ', '-'),
      // Retrieval and answers are measured by themselves, and so are the guardrails.
      PII_ACTION: 'off',
      PII_OUTPUT_ACTION: 'off',
      CONTENT_BLOCK: 'none',
      INJECTION_ACTION: 'off',
      ...overrides,
    }),
  );
  return {
    ...application,
    close: async () => {
      await application.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const BATCH = 500;

/** Ingests a corpus as a tenant's documents, through the application; gives back each stored document's id in the set. */
export async function ingestCorpus(
  { ingest }: Application,
  tenant: string,
  corpus: readonly CorpusDocument[],
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (let from = 0; from < corpus.length; from += BATCH) {
    const batch = corpus.slice(from, from + BATCH);
    const drafts = batch.map(({ id, title, text }) => draftFromText(text, { title, source: id }));
    const scope = { tenant, groups: [] };
    const { jobId, documents } = await ingest.accept(scope, drafts);
    await ingest.finished(scope, jobId);
    documents.forEach((document, place) => names.set(document.id, batch[place]!.id));
  }
  return names;
}

/** Removes a tenant's documents again: the measured database may be one that stays. */
export async function removeTenant({ db }: Application, tenant: string): Promise<void> {
  await db.withScope(managing(tenant), async (tx) => {
    await tx.query('delete from jobs');
    await tx.query('delete from documents');
  });
}
