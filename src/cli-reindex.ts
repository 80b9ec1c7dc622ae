import { SingleBar } from 'cli-progress';
import { appendEvents } from './audit/append-events.ts';
import { commandEvent } from './audit/occurrence.ts';
import { openIndex } from './compose.ts';
import { loadSettings } from './config/load.ts';
import { isUpToDate, reindex, type ReindexProgress } from './ingest/reindex.ts';

const INTERRUPTED = 130;
/** Between two lines where there is no terminal to draw on. */
const LINE_MS = 3_000;

/**
 * Makes the index one of the embedder that the settings ask for, showing how far it is.
 *
 * @returns the exit code: 130 when Ctrl-C ended it
 */
export async function reindexAll(): Promise<number> {
  const { db, embedder } = await openIndex(loadSettings());
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const shown = process.stdout.isTTY ? progressBar() : progressLines();
  try {
    if (await isUpToDate(db, embedder)) {
      process.stdout.write('Nothing to reindex: the index is as the settings ask.\n');
      return 0;
    }
    const { to, renewed } = await reindex({
      db,
      embedder,
      signal: interrupted.signal,
      onProgress: shown.show,
    });
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
