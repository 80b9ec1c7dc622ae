import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { send, type TlsTarget } from '../../test/support/services/tls-client.ts';

export type Sent = {
  kind: string;
  /** What came back: a status, or that nothing did. */
  status: number | 'broken off';
  /** Of a stream: whether its last event was the whole answer. */
  whole: boolean;
  requestId: string | undefined;
  ms: number;
};

export type Kind = { name: string; method: string; path: string; body?: unknown };

/** The requests of a load, one after the other; a stream is one whose body says so. */
export const KINDS: readonly Kind[] = [
  { name: 'read', method: 'GET', path: '/admin/documents?limit=1' },
  { name: 'search', method: 'POST', path: '/search', body: { query: 'portcullis' } },
  { name: 'read', method: 'GET', path: '/admin/documents?limit=1' },
  { name: 'question', method: 'POST', path: '/query', body: { query: 'When is the portcullis greased?' } },
  { name: 'search', method: 'POST', path: '/search', body: { query: 'grease in May' } },
  { name: 'stream', method: 'POST', path: '/query', body: { query: 'When is it greased?', stream: true } },
];

/** Sends `perSecond` requests each second, whether or not those before were answered, until it is stopped. */
export function startSteadyLoad(
  target: TlsTarget,
  credentials: () => Record<string, string>,
  perSecond: number,
): { sent: Sent[]; stop(): Promise<void> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 60 });
  const sent: Sent[] = [];
  const open = new Set<Promise<void>>();
  let stopped = false;
  const one = async ({ name, method, path, body }: Kind) => {
    const started = performance.now();
    const outcome: Sent = { kind: name, status: 'broken off', whole: false, requestId: undefined, ms: 0 };
    try {
      const reply = await send(target, path, {
        method,
        agent,
        headers: { 'content-type': 'application/json', ...credentials() },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      outcome.status = reply.status;
      outcome.requestId = reply.headers['x-request-id'] as string | undefined;
      outcome.whole = name !== 'stream' || reply.body.includes('event: answer-end');
    } catch {
      // It is broken off, as it began.
    }
    sent.push({ ...outcome, ms: performance.now() - started });
  };
  const sendSteadily = async () => {
    const started = performance.now();
    for (let number = 0; !stopped; number += 1) {
      const wait = started + (number * 1_000) / perSecond - performance.now();
      if (wait > 0) await sleep(wait);
      const request = one(KINDS[number % KINDS.length]!).finally(() => open.delete(request));
      open.add(request);
    }
  };
  const loop = sendSteadily();
  return {
    sent,
    stop: async () => {
      stopped = true;
      await loop;
      await Promise.all(open);
      agent.destroy();
    },
  };
}
