import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { describeOnServer } from '../support/databases.ts';
import { describeWith } from '../support/describe-with.ts';
import { eventually, ingest } from '../support/http.ts';
import { answers, startOpenAiServer, writesSlowly, type OpenAiServer } from '../support/openai-server.ts';
import { freePort } from '../support/services/free-port.ts';
import { startNginx, type Nginx } from '../support/services/nginx.ts';
import { send } from '../support/services/tls-client.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const CALLERS = 4;
const NO_LIMITS = { TOKENS_PER_MINUTE_PER_USER: '1000000000', CONCURRENT_STREAMS_PER_USER: '1000' };
/** The delay is longer than nginx keeps an idle connection, and both are shorter than they usually are. */
const LEAVING = { SHUTDOWN_DELAY_SECONDS: '2', SHUTDOWN_GRACE_SECONDS: '20' };
const hastily = (configuration: string): string =>
  configuration.replace('keepalive_timeout 4s', 'keepalive_timeout 1s');

type Kind = 'read' | 'asked' | 'streamed';
type Outcome = {
  kind: Kind;
  question: string;
  status: number | 'broken off';
  code?: string;
  whole?: boolean;
};

/** Letters that no other question has; nothing that a guardrail could take for a name or a number. */
const word = (number: number): string =>
  number
    .toString(26)
    .padStart(3, '0')
    .replaceAll(/./g, (digit) => 'bcdfghjklmnpqrstvwxzaeiouy'[parseInt(digit, 26)]!);

describeWith('TEST_NGINX_BIN', 'two Sallyports behind nginx', (binary) => {
  describeOnServer('on one database', (database) => {
    let provider: OpenAiServer;
    let replicas: RunningServer[];
    let nginx: Nginx;
    let asked = 0;
    const outcomes: Outcome[] = [];

    beforeAll(async () => {
      provider = await startOpenAiServer();
      const common = { ...provider.env, ...NO_LIMITS, ...LEAVING, ...(await database.env()) };
      const start = async (keys = {}) =>
        startServer({ env: { ...common, ...keys, PORT: String(await freePort()) } });
      const first = await start();
      const { ADMIN_API_KEYS, API_KEYS } = first.env;
      replicas = [first, await start({ ADMIN_API_KEYS, API_KEYS })];
      await ingest(first, [{ text: 'The late fee is $8, whatever the plan.', title: 'Fees' }]);
      nginx = await startNginx({
        binary,
        upstream: replicas.map(({ url }) => new URL(url).host),
        adjust: hastily,
      });
    });
    afterAll(async () => {
      await nginx.stop();
      for (const replica of replicas) await replica.stop();
      await provider.stop();
    });

    /** Each from an address of its own, so that none of the limits on addresses is met. */
    const call = async (kind: Kind): Promise<Outcome> => {
      asked += 1;
      const question = `What is the late fee in plan ${word(asked)}?`;
      const path = kind === 'read' ? '/admin/documents?limit=1' : '/query';
      try {
        const { status, body } = await send(nginx, path, {
          method: kind === 'read' ? 'GET' : 'POST',
          localAddress: `127.0.${1 + Math.floor(asked / 250)}.${1 + (asked % 250)}`,
          headers: { 'content-type': 'application/json', 'x-api-key': replicas[0]!.key },
          ...(kind !== 'read' && { body: JSON.stringify({ query: question, stream: kind === 'streamed' }) }),
        });
        if (kind === 'streamed') return { kind, question, status, whole: body.includes('event: answer-end') };
        return { kind, question, status, ...(status !== 200 && { code: JSON.parse(body).code }) };
      } catch {
        return { kind, question, status: 'broken off' };
      }
    };

    /** Callers ask one thing after the other while `change` takes place, and a while before and after it. */
    const whileAsked = async (kinds: Kind[], change: () => Promise<unknown>): Promise<Outcome[]> => {
      outcomes.length = 0;
      provider.reset();
      let changing = true;
      const caller = async (_: unknown, number: number): Promise<void> => {
        for (let turn = number; changing; turn += 1) {
          outcomes.push(await call(kinds[turn % kinds.length]!));
          await delay(20);
        }
      };
      const callers = Promise.all(Array.from({ length: CALLERS }, caller));
      const seen = async (more: number): Promise<void> => {
        const enough = outcomes.length + more;
        await eventually(async () => outcomes.length >= enough, { what: `${more} outcomes` });
      };
      await seen(20);
      await change();
      await seen(40);
      changing = false;
      await callers;
      return outcomes;
    };
    const timesAnswered = (question: string): number =>
      provider.chats().filter(({ body }) => JSON.stringify(body.messages).includes(question)).length;

    test('one is killed: what reads is not harmed, and no question is asked of the model twice', async () => {
      const [killed] = replicas;
      provider.onChat = async (request, response) => {
        await delay(100); // so that some are under way whenever it happens
        await answers('It is $8 [1].')(request, response);
      };
      await whileAsked(['read', 'asked', 'asked'], () => killed!.kill('SIGKILL'));

      expect(outcomes.filter(({ kind, status }) => kind === 'read' && status !== 200)).toEqual([]);
      const questions = outcomes.filter(({ kind }) => kind === 'asked');
      const failed = questions.filter(({ status }) => status !== 200);
      expect(failed.length).toBeLessThanOrEqual(CALLERS); // those that it was answering
      for (const { status, code } of failed)
        if (status !== 'broken off') expect([status, code]).toEqual([503, 'unavailable']);
      for (const { question, status } of questions) {
        if (status === 200) expect([question, timesAnswered(question)]).toEqual([question, 1]);
        else expect(timesAnswered(question)).toBeLessThanOrEqual(1);
      }
      replicas[0] = await startServer({ env: killed!.env });
    });

    test('both are replaced, one after the other: nobody notices', async () => {
      provider.onChat = writesSlowly({
        promptTokens: 100,
        pieces: 20,
        everyMs: 40,
        onPiece: () => undefined,
      });
      await whileAsked(['read', 'asked', 'streamed'], async () => {
        for (const [index, replica] of [...replicas.entries()]) {
          expect(await replica.kill('SIGTERM')).toBe(0);
          replicas[index] = await startServer({ env: replica.env });
        }
      });
      expect(outcomes.filter(({ status, whole = true }) => status !== 200 || !whole)).toEqual([]);
      for (const { kind, question } of outcomes)
        if (kind !== 'read') expect([question, timesAnswered(question)]).toEqual([question, 1]);
    });
  });
});
