import { Piscina } from 'piscina';
import { siblingModule } from '../config/package-root.ts';
import { prepareDocument, type PreparableDocument, type PreparedDocument } from './prepare-document.ts';

export type PreparePool = {
  prepare(document: PreparableDocument): Promise<PreparedDocument>;
  close(): Promise<void>;
};

/** A shorter document is ready in some ten milliseconds, whatever it is made of: sooner than a thread starts. */
const INLINE_CHARS = 2_000;
const IDLE_MS = 30_000;

/** Audits and cuts documents off the event loop. */
export function createPreparePool(): PreparePool {
  let pool: Piscina | undefined;
  return {
    prepare: async (document) => {
      if (document.draft.text.length < INLINE_CHARS) return prepareDocument(document);
      pool ??= new Piscina({
        filename: siblingModule(import.meta.url, './prepare-worker').href,
        minThreads: 0,
        maxThreads: 1,
        idleTimeout: IDLE_MS,
      });
      return (await pool.run(document)) as PreparedDocument;
    },
    close: async () => pool?.destroy(),
  };
}
