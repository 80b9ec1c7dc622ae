import { writeFileSync } from 'node:fs';
import { DEFAULT_TENANT } from '../src/auth/principal.ts';
import { compose } from '../src/compose.ts';
import { parseSettings } from '../src/config/load.ts';
import { serveParent } from './child.ts';
import { readSourceTexts } from './corpus.ts';
import { ingestFiles, ingestTexts, type IngestMeasure } from './ingest.ts';
import { recordStatements } from './record-statements.ts';
import type { RecordedQuestion } from './servers/sql-server.ts';

export type IngestInput = {
  settings: Record<string, string>;
  /** The folder of the texts, and that of the files, if there is one. */
  texts: string;
  files: string | undefined;
  /** 0: the database has them already. */
  chunks: number;
  /** Where the questions' statements are written. */
  recordFile: string;
};

export type IngestResult = {
  texts: IngestMeasure | undefined;
  files: IngestMeasure | undefined;
  peakMemoryBytes: number;
};

/** Fills the database through the application, and then writes down what SQL the application does for each question. */
serveParent(async ({ settings, texts, chunks, files, recordFile }: IngestInput) => {
  const application = await compose(
    parseSettings({ NODE_ENV: 'test', LOG_LEVEL: 'error', ADMIN_API_KEYS: 'k'.repeat(24), ...settings }),
  );
  try {
    const { documents, questions } = readSourceTexts(texts);
    const result: IngestResult = {
      texts: chunks === 0 ? undefined : await ingestTexts(application, DEFAULT_TENANT, documents, chunks),
      files: chunks === 0 || files === undefined ? undefined : await ingestFiles(application, 'files', files),
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    };
    const recorded: RecordedQuestion[] = [];
    for (const question of questions) {
      const scope = { tenant: DEFAULT_TENANT, groups: [] };
      const statements = await recordStatements(() =>
        application.retrieve(scope, { text: question, topK: 5 }),
      );
      recorded.push({ question, statements });
    }
    writeFileSync(recordFile, JSON.stringify(recorded));
    return result;
  } finally {
    await application.close();
  }
});
