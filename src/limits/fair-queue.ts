import { AppError } from '../errors/app-error.ts';
import type { Entry, Ledger } from './ledger.ts';

/** In place of a caller: before all of them, for what has begun already. */
export const AHEAD = Symbol('ahead');

export type Turn = {
  caller: string | typeof AHEAD;
  entries: readonly Entry[];
  /** Gives the place up. */
  signal: AbortSignal;
};

/** Who waits for the model's provider. Callers take turns: one with a hundred questions delays another's first by one. */
export type FairQueue = {
  /**
   * Waits until the ledger grants the entries; gives the reservation's id.
   *
   * @throws AppError `unavailable` when that takes too long, when too many wait (the longest line is refused first), or when the ledger says so;
   * the signal's reason once it is aborted
   */
  take(turn: Turn): Promise<string>;
  /** Ends a reservation, as the ledger does, and lets the next one try. */
  settle(id: string, spent: readonly number[]): Promise<void>;
  /** How many wait. */
  waiting(): number;
};

type Waiting = Turn & { grant: (id: string) => void; fail: (error: Error) => void; gone: boolean };
type QueueOptions = { ledger: Ledger; timeoutMs: number; mostWaiting?: number };

const MOST_WAITING = 256;
/** Another replica may have settled something that the ledger did not foresee. */
const ASK_AGAIN_MS = 250;
const SOONEST_MS = 10;

/** Only the one whose turn it is asks the ledger, and everybody else waits behind: many tokens are not overtaken by few. */
export function createFairQueue({ ledger, timeoutMs, mostWaiting = MOST_WAITING }: QueueOptions): FairQueue {
  /** In the order of their next turn; none is empty. */
  const lines = new Map<Turn['caller'], Waiting[]>();
  let size = 0;
  let asking = false;
  let askAgain = false;
  let timer: NodeJS.Timeout | undefined;
  let roomAt = 0;

  const next = () => (lines.get(AHEAD) ?? lines.values().next().value)?.[0];

  const join = (waiting: Waiting): void => {
    const line = lines.get(waiting.caller);
    if (line) line.push(waiting);
    else lines.set(waiting.caller, [waiting]);
    size += 1;
    if (next() === waiting) void ask();
  };

  const leave = (waiting: Waiting): void => {
    const line = lines.get(waiting.caller)!;
    line.splice(line.indexOf(waiting), 1);
    if (line.length === 0) lines.delete(waiting.caller);
    size -= 1;
    waiting.gone = true;
  };

  const goBehindTheOthers = (caller: Turn['caller']): void => {
    const line = lines.get(caller);
    if (!line) return;
    lines.delete(caller);
    lines.set(caller, line);
  };

  const ask = async (): Promise<void> => {
    askAgain = true;
    if (asking) return;
    asking = true;
    clearTimeout(timer);
    for (let first = next(); first && askAgain; first = next()) {
      askAgain = false;
      try {
        const reservation = await ledger.reserve(first.entries);
        if (!reservation.granted) {
          roomAt = Date.now() + reservation.retryAfterMs;
          continue;
        }
        askAgain = true;
        if (first.gone) {
          await ledger.settle(
            reservation.id,
            first.entries.map(() => 0),
          );
        } else {
          first.grant(reservation.id);
          goBehindTheOthers(first.caller);
        }
      } catch (error) {
        askAgain = true;
        if (!first.gone) first.fail(error as Error);
      }
    }
    asking = false;
    const waitMs = Math.min(Math.max(roomAt - Date.now(), SOONEST_MS), ASK_AGAIN_MS);
    if (size > 0) timer = setTimeout(() => void ask(), waitMs);
  };

  const noRoom = () =>
    new AppError('unavailable', 'The model has no room for more questions right now.', {
      retryAfterSeconds: Math.max(1, Math.ceil((roomAt - Date.now()) / 1_000)),
    });

  /** The places are shared, too: the last of the longest line gives way, where the newcomer's own would not be as long. */
  const makePlaceFor = (caller: Turn['caller']): void => {
    const longest = [...lines]
      .filter(([whose]) => whose !== AHEAD)
      .reduce<Waiting[]>((most, [, line]) => (line.length > most.length ? line : most), []);
    if ((lines.get(caller)?.length ?? 0) + 1 >= longest.length) throw noRoom();
    longest.at(-1)!.fail(noRoom());
  };

  return {
    take: async (turn) => {
      turn.signal.throwIfAborted();
      // What has begun is bounded by what was let in.
      if (turn.caller !== AHEAD && size >= mostWaiting) makePlaceFor(turn.caller);
      return new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timeout);
          turn.signal.removeEventListener('abort', abort);
          leave(waiting);
        };
        const waiting: Waiting = {
          ...turn,
          gone: false,
          grant: (id) => {
            end();
            resolve(id);
          },
          fail: (error) => {
            const wasNext = next() === waiting;
            end();
            reject(error);
            if (!wasNext) return;
            // One that never gets its turn must not keep it from the others, one question after the other.
            goBehindTheOthers(turn.caller);
            void ask();
          },
        };
        const abort = () => waiting.fail(turn.signal.reason as Error);
        const timeout = setTimeout(() => waiting.fail(noRoom()), timeoutMs);
        turn.signal.addEventListener('abort', abort, { once: true });
        join(waiting);
      });
    },
    settle: async (id, spent) => {
      try {
        await ledger.settle(id, spent);
      } finally {
        void ask();
      }
    },
    waiting: () => size,
  };
}
