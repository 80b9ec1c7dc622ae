import { Piscina } from 'piscina';
import { siblingModule } from '../config/package-root.ts';
import { prepareDocument, type PreparableDocument, type PreparedDocument } from './prepare-document.ts';

export type PreparePool = {
  prepare(document: PreparableDocument): Promise<PreparedDocument>;
  close(): Promise<void>;
};

/** A shorter document is ready in some ten milliseconds, whatever it is made of: sooner than a thread starts. */
const INLINE_CHARS = 2_000;
/** Up to here it has a thread that no longer one is given to. */
const SHORT_CHARS = 20_000;
const IDLE_MS = 30_000;

/** Audits and cuts documents off the event loop; a short one does not wait for a long one. */
export function createPreparePool(): PreparePool {
  const threads = new Map<'short' | 'long', Piscina>();
  const threadFor = (length: 'short' | 'long') => {
    const thread =
      threads.get(length) ??
      new Piscina({
        filename: siblingModule(import.meta.url, './prepare-worker').href,
        minThreads: 0,
        maxThreads: 1,
        idleTimeout: IDLE_MS,
      });
    threads.set(length, thread);
    return thread;
  };
  return {
    prepare: async (document) => {
      const { length } = document.draft.text;
      if (length < INLINE_CHARS) return prepareDocument(document);
      return (await threadFor(length > SHORT_CHARS ? 'long' : 'short').run(document)) as PreparedDocument;
    },
    close: async () => {
      for (const thread of threads.values()) await thread.destroy();
    },
  };
}
