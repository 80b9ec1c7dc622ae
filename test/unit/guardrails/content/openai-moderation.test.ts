import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseSettings } from '../../../../src/config/load.ts';
import { contentScorers } from '../../../../src/guardrails/content/index.ts';
import { guardText } from '../../../../src/guardrails/text/guarded-text.ts';

type Reply = { status: number; body: unknown };

let http: Server;
let reply: Reply | undefined;
let bodies: { input: string }[];
beforeAll(async () => {
  http = createServer((message, response) => {
    void (async () => {
      const pieces: Buffer[] = [];
      for await (const piece of message) pieces.push(piece as Buffer);
      bodies.push(JSON.parse(Buffer.concat(pieces).toString()));
      if (reply) {
        response
          .writeHead(reply.status, { 'content-type': 'application/json' })
          .end(JSON.stringify(reply.body));
      }
    })();
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
});
beforeEach(() => {
  bodies = [];
});
afterAll(() => {
  http.closeAllConnections();
  http.close();
});

const rate = (text: string, signal?: AbortSignal) => {
  const settings = parseSettings({
    OPENAI_BASE_URL: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`,
    OPENAI_API_KEY: 'a-key',
    LLM_MAX_RETRIES: '0',
    LLM_TIMEOUT_MS: '1000',
  });
  return contentScorers.openai(settings).rate(guardText(text), signal);
};
const scores = { violence: 0.1, 'violence/graphic': 0.4, hate: 0.2, sexual: 0.3, 'self-harm': 0.05 };
const answers = (theirs: object): Reply => ({
  status: 200,
  body: { results: [{ category_scores: theirs }] },
});

test('the categories of the API become ours, the finer ones by the highest', async () => {
  reply = answers({ ...scores, 'hate/threatening': 0.6, illicit: 0.7, harassment: 0.99 });
  expect(await rate('some text')).toEqual({
    scores: { violence: 0.7, hate: 0.6, self_harm: 0.05, sexual: 0.3, profanity: 0 },
    selfHarmKind: null,
  });
  expect(bodies).toMatchObject([{ input: 'some text' }]);
});

test.each([
  [{ 'self-harm/intent': 0.9, 'self-harm/instructions': 0.1 }, 'help_seeking'],
  [{ 'self-harm/intent': 0.2, 'self-harm/instructions': 0.9 }, 'means'],
])('what self-harm it is, is told: %j', async (finer, selfHarmKind) => {
  reply = answers({ ...scores, ...finer });
  expect(await rate('some text')).toMatchObject({ selfHarmKind });
});

test.each<Reply>([
  { status: 500, body: {} },
  { status: 200, body: {} },
  { status: 200, body: { results: [] } },
  answers({ ...scores, violence: 'high' }),
  answers({ ...scores, hate: 7 }),
  answers({ ...scores, illicit: 'yes' }),
  answers({ violence: 0.1 }),
])('a reply that rates nothing is an error: %j', async (bad) => {
  reply = bad;
  await expect(rate('some text')).rejects.toMatchObject({ code: 'upstream_error' });
});

test('a reply that does not come in time is an error', async () => {
  reply = undefined;
  await expect(rate('some text')).rejects.toMatchObject({ code: 'upstream_timeout' });
});

test('a call that is given up ends as the caller said', async () => {
  reply = undefined;
  const abort = new AbortController();
  const pending = rate('some text', abort.signal);
  abort.abort(new Error('gone'));
  await expect(pending).rejects.toThrow('gone');
});
