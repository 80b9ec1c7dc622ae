import { setTimeout as delay } from 'node:timers/promises';
import { collect, eventsOf } from './http.ts';

/** What a caller was told; see `toldBy`. */
export type Outcome = {
  told: string;
  waitedMs: number;
  /** The body of an answer that is JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what came over the wire is what the tests look into
  body: any;
  requestId: string | undefined;
  /** What a stream had given out of the answer by its end. */
  written?: string;
};

/** Sends one request; `signal` ends it when it has taken too long. */
export type Ask = (signal: AbortSignal) => Promise<Response>;

/** Longer than any time-out of the servers in these tests: whoever waits for this long was forgotten. */
const FORGOTTEN_MS = 25_000;
const PAUSE_MS = 20;

/** Sends the request and reads the whole answer. */
export const outcomeOf = async (ask: Ask): Promise<Outcome> => {
  const started = performance.now();
  const outcome: Outcome = { told: '', waitedMs: 0, body: undefined, requestId: undefined };
  try {
    const response = await ask(AbortSignal.timeout(FORGOTTEN_MS));
    outcome.requestId = response.headers.get('x-request-id') ?? undefined;
    Object.assign(outcome, await toldBy(response));
  } catch (error) {
    outcome.told = (error as Error).name === 'TimeoutError' ? 'nothing' : 'broken off';
  }
  outcome.waitedMs = performance.now() - started;
  return outcome;
};

/** `200`; of a problem its status and code, `503 unavailable`; of a stream that failed its last event, `error upstream_error`. */
const toldBy = async (response: Response): Promise<Pick<Outcome, 'told' | 'body' | 'written'>> => {
  const { status, headers } = response;
  if (headers.get('content-type')?.startsWith('text/event-stream')) {
    const events = await collect(eventsOf(response));
    const { event, data: body } = events.at(-1) ?? { event: 'no event', data: {} };
    const deltas = events.filter((one) => one.event === 'answer-delta');
    const written = deltas.map(({ data }) => data.text as string).join('');
    return { told: event === 'answer-end' ? '200' : `${event} ${body.code}`, body, written };
  }
  const text = await response.text();
  const body = text === '' ? undefined : JSON.parse(text);
  if (response.ok) return { told: String(status), body };
  const mayComeBack = [429, 503].includes(status) && !(Number(headers.get('retry-after')) > 0);
  return { told: `${status} ${body.code}${mayComeBack ? ', and not when to come back' : ''}`, body };
};

/** Callers who ask again and again, each for something else, until `stop`; it gives everything that they were told. */
export const startCallers = (asks: Ask[]): { outcomes: Outcome[]; stop(): Promise<Outcome[]> } => {
  const outcomes: Outcome[] = [];
  let stopped = false;
  const callers = asks.map(async (ask) => {
    while (!stopped) {
      outcomes.push(await outcomeOf(ask));
      await delay(PAUSE_MS);
    }
  });
  return {
    outcomes,
    stop: async () => {
      stopped = true;
      await Promise.all(callers);
      return outcomes;
    },
  };
};

export const isAnswered = ({ told }: Outcome): boolean => /^2\d\d$/.test(told);
