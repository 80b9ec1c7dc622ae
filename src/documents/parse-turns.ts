import { AppError } from '../errors/app-error.ts';

/** Who may read a file now. Tenants take turns: one with forty files delays another's first by one. */
export type ParseTurns = {
  /**
   * Waits for a place; whoever has got it gives it back.
   *
   * @throws AppError `unavailable` when too many wait (the longest line is refused first); the signal's reason once it is aborted
   */
  take(tenant: string, signal: AbortSignal): Promise<void>;
  giveBack(): void;
};

export type ParseTurnsOptions = { places: number; mostWaiting: number; retryAfterSeconds: number };

type Waiting = { begin: () => void; refuse: (reason: Error) => void };

export function createParseTurns({ places, mostWaiting, retryAfterSeconds }: ParseTurnsOptions): ParseTurns {
  /** In the order of their next turn; none is empty. */
  const lines = new Map<string, Waiting[]>();
  let taken = 0;
  let size = 0;

  const leave = (tenant: string, waiting: Waiting): void => {
    const line = lines.get(tenant)!;
    line.splice(line.indexOf(waiting), 1);
    if (line.length === 0) lines.delete(tenant);
    size -= 1;
  };

  const tooMany = () =>
    new AppError('unavailable', 'Too many documents are being read: try again shortly.', {
      retryAfterSeconds,
    });

  /** The places in line are shared, too: the last of the longest gives way, where the newcomer's own would not be as long. */
  const makePlaceFor = (tenant: string): void => {
    const longest = [...lines.values()].reduce<Waiting[]>(
      (most, line) => (line.length > most.length ? line : most),
      [],
    );
    if ((lines.get(tenant)?.length ?? 0) + 1 >= longest.length) throw tooMany();
    longest.at(-1)!.refuse(tooMany());
  };

  return {
    take: async (tenant, signal) => {
      if (taken < places) {
        taken += 1;
        return;
      }
      if (size >= mostWaiting) makePlaceFor(tenant);
      await new Promise<void>((begin, refuse) => {
        const ended = (): void => {
          // At once, or an abort just now would take another's place out of the line.
          signal.removeEventListener('abort', abort);
          leave(tenant, waiting);
        };
        const waiting: Waiting = {
          begin: () => {
            ended();
            begin();
          },
          refuse: (reason) => {
            ended();
            refuse(reason);
          },
        };
        const abort = () => waiting.refuse(signal.reason as Error);
        signal.addEventListener('abort', abort, { once: true });
        const line = lines.get(tenant);
        if (line) line.push(waiting);
        else lines.set(tenant, [waiting]);
        size += 1;
      });
    },
    giveBack: () => {
      const [next] = lines;
      if (!next) {
        taken -= 1;
        return;
      }
      const [tenant, line] = next;
      line[0]!.begin();
      const rest = lines.get(tenant);
      if (!rest) return;
      // Behind the others.
      lines.delete(tenant);
      lines.set(tenant, rest);
    },
  };
}
