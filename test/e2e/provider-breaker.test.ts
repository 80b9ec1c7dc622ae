import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, ingest, post, type Reply } from '../support/http.ts';
import { answers, failsWith, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const WORD = 'paperclips';

describe('a provider that is down', () => {
  let provider: OpenAiServer;
  let server: RunningServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({ env: { ...provider.env, LLM_MAX_RETRIES: '0' } });
    await ingest(server, [{ text: 'The archive keeps its paperclips in the cellar.', source: 'archive' }]);
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  const ask = (): Promise<Reply> => post(server, '/query', { query: `Where are the ${WORD}?` });
  const askTimes = async (times: number): Promise<Reply[]> => {
    const replies = [];
    for (let time = 0; time < times; time++) replies.push(await ask());
    return replies;
  };

  test('may refuse one question again and again, and is still asked', async () => {
    provider.onChat = failsWith(400);
    await askTimes(11);
    expect(provider.chats()).toHaveLength(11);
  });

  test('is left alone after ten failures in a row, and asked again when it may be back', async () => {
    provider.reset();
    provider.onChat = failsWith(500);
    for (const reply of await askTimes(10)) {
      expectProblem(reply, 502, 'upstream_error');
      expect(reply.headers.get('retry-after')).toBeNull();
    }
    const openedAt = Date.now();

    for (const reply of await Promise.all([ask(), ask(), ask()])) {
      expectProblem(reply, 502, 'upstream_error');
      expect(reply.body.detail).toContain('not asked for a moment');
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(8);
    }
    expect(provider.chats()).toHaveLength(10);

    // It takes its time, so that further questions find a call that tries already.
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      provider.onChat = (request, response) => {
        answer = () => void answers('In the cellar [1].')(request, response);
        resolve();
      };
    });
    const trying = await eventually(async () => {
      const reply = ask();
      return (await Promise.race([reply, asked])) === undefined && { reply };
    });
    expect(Date.now() - openedAt).toBeGreaterThan(9_500);
    expectProblem(await ask(), 502, 'upstream_error');
    expect(provider.chats()).toHaveLength(11);

    answer();
    expect(await trying.reply).toMatchObject({ status: 200, body: { answer: 'In the cellar [1].' } });
    provider.onChat = answers('In the cellar [1].');
    expect((await askTimes(2)).map(({ status }) => status)).toEqual([200, 200]);

    expect(server.output().match(/failed several times in a row/g)).toHaveLength(1);
    expect(server.output().match(/the model is asked again/g)).toHaveLength(1);
    expect(server.output()).not.toContain(WORD);
  });
});
