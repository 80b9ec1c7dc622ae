import { SingleBar } from 'cli-progress';
import { appendEvents } from './audit/append-events.ts';
import { embeddingsEvent } from './audit/audited-embedder.ts';
import { commandEvent } from './audit/occurrence.ts';
import { composeLimits, type ComposedLimits } from './compose-limits.ts';
import type { OnUsage } from './embedders/embedder.ts';
import { isUpToDate, reindex, type ReindexProgress } from './ingest/reindex.ts';
import { createLogger } from './observability/logger.ts';
import { openIndex } from './open-index.ts';
import { loadSettings } from './secrets/open-settings.ts';

const INTERRUPTED = 130;
/** Between two lines where there is no terminal to draw on. */
const LINE_MS = 3_000;

/**
 * Makes the index one of the embedder that the settings ask for, showing how far it is.
 *
 * @returns the exit code: 130 when Ctrl-C ended it
 */
export async function reindexAll(): Promise<number> {
  const settings = await loadSettings();
  const logger = createLogger(settings);
  let charge: OnUsage = () => undefined;
  const { db, embedder } = await openIndex(settings, logger, (embedded) => charge(embedded));
  let limits: ComposedLimits | undefined;
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const shown = process.stdout.isTTY ? progressBar() : progressLines();
  try {
    if (await isUpToDate(db, embedder)) {
      process.stdout.write('Nothing to reindex: the index is as the settings ask.\n');
      return 0;
    }
    limits = await composeLimits(settings, db, logger);
    const { onEmbedded } = limits;
    const all = { tokens: 0, costUsd: 0 };
    charge = (embedded) => {
      onEmbedded(embedded);
      all.tokens += embedded.tokens;
      all.costUsd += embedded.costUsd;
    };
    const model = settings.EMBEDDING_MODEL ?? settings.EMBEDDING_PROVIDER;
    const recordEmbedded = async () => {
      if (all.tokens > 0) await appendEvents(db, [embeddingsEvent(model, all)]);
    };
    const { to, renewed } = await reindex({
      db,
      embedder,
      signal: interrupted.signal,
      onProgress: shown.show,
    }).finally(recordEmbedded);
    shown.end();
    await appendEvents(db, [commandEvent('index.rebuild', { tenant: '' })]);
    process.stdout.write(
      `${renewed} chunks reindexed; the index is of the embedder ${to.embedder} now. Restart servers that run with other settings.\n`,
    );
    return 0;
  } catch (error) {
    shown.end();
    if (!interrupted.signal.aborted) throw error;
    process.stderr.write('Interrupted: `sallyport reindex` will go on from here.\n');
    return INTERRUPTED;
  } finally {
    await embedder?.close?.();
    await limits?.close();
    await db.close();
  }
}

type Shown = { show: (progress: ReindexProgress) => void; end: () => void };

function progressBar(): Shown {
  const bar = new SingleBar({ format: '{bar} {value}/{total}', hideCursor: true, clearOnComplete: true });
  return {
    show: ({ done, total }) => {
      if (!bar.isActive) bar.start(total, done);
      bar.setTotal(total);
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}

function progressLines(): Shown {
  let last = 0;
  return {
    show: ({ done, total }) => {
      if (Date.now() - last < LINE_MS) return;
      last = Date.now();
      process.stdout.write(`reindex: ${done}/${total} chunks\n`);
    },
    end: () => undefined,
  };
}
