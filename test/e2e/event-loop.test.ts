import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../src/config/load.ts';
import { ingest, open, post } from '../support/http.ts';
import { holdDuring, watchedLoop, type LoopHold } from '../support/loop-probe.ts';
import { answers, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

/** No request of any caller holds the event loop for longer. */
const MOST_MS = 100;
/** A garbage collection, or code that is compiled just then, is no fault of the request: the best of so many tries counts. */
const TRIES = 3;
const LONGEST_QUESTION = 8_000;
const LONGEST_TEXT = 100_000;

const PIECES = {
  'latin letters': 'a',
  'latin sentences': 'The cat sat on the mat of John Smith. ',
  'short sentences': 'a. ',
  japanese: 'データ',
  'japanese prose': '田中さんは東京に住んでいて、毎日図書館で本を読んでいます。',
  arabic: 'م',
  'arabic prose': 'هذا النص العربي طويل جدا. ',
  digits: '1',
  numbers: '4111 1111 1111 1111, +1 415 555 0132, 536-22-8141, 1/1/2000 ',
  spaces: '\u3000',
  punctuation: '.=?<!--',
  markup: '<b>**a**</b> | [1] | ',
  'one line': 'word-',
  lines: 'x\ny\n',
};
type Shape = keyof typeof PIECES;
const SHAPES = Object.keys(PIECES) as Shape[];
const ofLength = (shape: Shape, length: number) =>
  PIECES[shape].repeat(Math.ceil(length / PIECES[shape].length)).slice(0, length);

describe('the event loop is never held for long', () => {
  let provider: OpenAiServer;
  let server: RunningServer;
  const figures: (LoopHold & { name: string })[] = [];

  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({
      env: {
        ...provider.env,
        ...watchedLoop(),
        // Texts of any script may then be as long as their bound in characters.
        MAX_BODY_BYTES: '1048576',
        TOKENS_PER_MINUTE_PER_USER: '1000000000',
        LLM_MAX_OUTPUT_TOKENS: '20000',
      },
    });
    await ingest(server, [
      { text: 'The archive closes at five. It was built in 1921 by Ann Miller of Oslo.', source: 'archive' },
      ...SHAPES.map((shape) => ({ text: `The archive. ${ofLength(shape, 4_000)}`, source: shape })),
    ]);
    // What a server learns once, with its first requests.
    await post(server, '/guardrails/check', { text: ofLength('latin sentences', 2_000) });
    await post(server, '/query', { query: 'When does the archive close?', top_k: 50 });
  }, 120_000);
  afterEach(() => provider.reset());
  afterAll(async () => {
    await server.stop();
    await provider.stop();
    const width = Math.max(...figures.map(({ name }) => name.length));
    const row = ({ name, processorMs, healthMs }: (typeof figures)[number]) =>
      `${name.padEnd(width)} ${processorMs.toFixed(0).padStart(5)} ms held, /health ${healthMs.toFixed(0).padStart(5)} ms`;
    process.stdout.write(`${figures.map(row).join('\n')}\n`);
  });

  const expectFree = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    let best: LoopHold | undefined;
    for (let tries = 0; tries < TRIES && (best?.processorMs ?? Infinity) > MOST_MS; tries++) {
      const hold = await holdDuring(server, work);
      if (!best || hold.processorMs < best.processorMs) best = hold;
    }
    figures.push({ name, ...best! });
    expect(best!.processorMs).toBeLessThanOrEqual(MOST_MS);
  };
  const answered = async (path: string, json: unknown, statuses = [200]): Promise<void> => {
    const { status } = await post(server, path, json);
    expect(statuses).toContain(status);
  };

  test.each(SHAPES)(
    'by a text of %s at /guardrails/check',
    async (shape) => {
      const direction = (['input', 'output', 'document'] as const)[SHAPES.indexOf(shape) % 3];
      await expectFree(`check ${shape}`, () =>
        answered('/guardrails/check', { text: ofLength(shape, LONGEST_TEXT), direction }),
      );
    },
    120_000,
  );

  test('by many texts at once', async () => {
    const texts = Array.from({ length: 256 }, (_, place) => ofLength(SHAPES[place % SHAPES.length]!, 900));
    await expectFree('check 256 texts', () => answered('/guardrails/check', { texts }));
  }, 120_000);

  test('by a document as long as an upload may be', async () => {
    const { MAX_UPLOAD_BYTES } = parseSettings({});
    for (const shape of ['latin sentences', 'lines', 'japanese prose'] as const) {
      const bytes = Buffer.byteLength(JSON.stringify(PIECES[shape])) - 2;
      const text = PIECES[shape].repeat(Math.floor((MAX_UPLOAD_BYTES - 1_000) / bytes));
      // Taken in, not indexed: that is done in the background, and is the same for every way in.
      await expectFree(`ingest ${shape}`, () => answered('/admin/documents', { text, title: shape }, [202]));
    }
  }, 240_000);

  test('by topics that nobody has described before', async () => {
    let round = 0;
    const descriptions = (of: string) =>
      Array.from({ length: 50 }, (_, place) =>
        Array.from({ length: 100 }, (__, part) => `${of}${part} ${place}${round}`)
          .join(',')
          .slice(0, 500),
      );
    await expectFree('check 100 new topics', () => {
      round++;
      const policy = { topics_allowed: descriptions('a'), topics_blocked: descriptions('b') };
      return answered('/guardrails/check', { text: 'When does the archive close?', policy });
    });
  }, 120_000);

  test.each(SHAPES)(
    'by a question of %s',
    async (shape) => {
      const query = `What of the archive? ${ofLength(shape, LONGEST_QUESTION - 21)}`;
      // A guardrail may refuse such a question: what it costs to say so counts as well.
      await expectFree(`query ${shape}`, () => answered('/query', { query, top_k: 50 }, [200, 400]));
      await expectFree(`search ${shape}`, () => answered('/search', { query, top_k: 50 }, [200, 400]));
    },
    120_000,
  );

  test.each(SHAPES)(
    'by an answer of %s, whole or in pieces',
    async (shape) => {
      const text = `The archive closes at five [1]. ${ofLength(shape, 12_000)}`;
      provider.onChat = answers(text);
      const query = 'When does the archive close?';
      await expectFree(`answer ${shape}`, () => answered('/query', { query, top_k: 50 }));
      provider.onChat = answers(...(text.match(/[^]{1,3}/g) ?? []));
      await expectFree(`stream ${shape}`, async () => {
        const response = await open(server, 'POST', '/query', { json: { query, top_k: 50, stream: true } });
        expect((await response.text()).includes('event: answer-end')).toBe(true);
      });
    },
    240_000,
  );
});
