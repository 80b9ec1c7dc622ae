import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventsOf, eventually, ingest, open, postForEvents, type ServerEvent } from '../support/http.ts';
import {
  USAGE,
  answers,
  breaksOffAfter,
  failsWith,
  hangs,
  inTurn,
  isBusyFor,
  stallsAfter,
  startOpenAiServer,
  type Behaviour,
  type OpenAiServer,
} from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const QUESTION = { query: 'When does the archive close?', stream: true };

describe('a streamed answer of the model provider', () => {
  let provider: OpenAiServer;
  let server: RunningServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({ env: { ...provider.env, LLM_TIMEOUT_MS: '1500', LLM_MAX_RETRIES: '1' } });
    await ingest(server, [{ text: 'The archive closes at five.', source: 'archive' }]);
  });
  afterEach(() => provider.reset());
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  const eventsFor = (behaviour: Behaviour): Promise<ServerEvent[]> => {
    provider.onChat = behaviour;
    return postForEvents(server, '/query', QUESTION);
  };
  const names = (events: ServerEvent[]) => events.map(({ event }) => event);
  const deltas = (events: ServerEvent[]) =>
    events.filter(({ event }) => event === 'answer-delta').map(({ data }) => data.text as string);

  test('comes piece by piece, and ends with the whole answer and what it cost', async () => {
    const events = await eventsFor(
      answers(
        'The archive closes ',
        'at five [1]. ',
        'Then its doors are shut, and nobody is let in ',
        'before nine the next day [1].',
      ),
    );
    expect(names(events)).toEqual([
      'answer-start',
      'citations',
      'answer-delta',
      'answer-delta',
      'answer-end',
    ]);
    expect(events.at(-1)!.data).toMatchObject({
      answer:
        'The archive closes at five [1]. Then its doors are shut, and nobody is let in before nine the next day [1].',
      citations: [{ index: 1, source: 'archive' }],
      usage: USAGE,
    });
  });

  test.each<[string, string[], string]>([
    ['within a piece', ['At five [7] sharp.'], 'At five  sharp.'],
    ['behind the bracket', ['At five [', '7] sharp.'], 'At five  sharp.'],
    ['between the digits', ['At five [1', '7', '] sharp.'], 'At five  sharp.'],
    ['in a list', ['At five [1', ', ', '8', '] sharp.'], 'At five [1] sharp.'],
    ['in every place', 'At five [1][8][ 9 ].'.split(''), 'At five [1].'],
    ['in a long list', 'At five [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].'.split(''), 'At five [1].'],
    ['before the end', ['At five [', '9]'], 'At five '],
  ])('never holds an invented citation, split %s', async (_name, pieces, expected) => {
    const events = await eventsFor(answers(...pieces));
    const text = deltas(events).join('');
    expect(text).toBe(expected);
    expect(events.at(-1)!.data.answer).toBe(text);
  });

  test('that only looked like a citation is given out in the end', async () => {
    expect(deltas(await eventsFor(answers('See [', 'sic] and a[1', '23456] and ['))).join('')).toBe(
      'See [sic] and a[123456] and [',
    );
  });

  test.each([
    [['NOT_IN_DOCUMENTS']],
    [['NOT', '_IN_', 'DOCU', 'MENTS', '.']],
    [' NOT_IN_DOCUMENTS'.split('')],
  ])('that is the refusal mark becomes a refusal, and no piece of the mark comes out: %j', async (pieces) => {
    const events = await eventsFor(answers(...pieces));
    expect(names(events)).toEqual(['answer-start', 'citations', 'answer-delta', 'answer-end']);
    expect(events[1]!.data).toEqual([]);
    expect(events[3]!.data).toMatchObject({ refused: true, refusal_reason: 'not_in_documents' });
    expect(JSON.stringify(events)).not.toContain('NOT_IN');
  });

  test('that only begins like the refusal mark is an answer', async () => {
    const events = await eventsFor(answers('NOT', ' before five [1].'));
    expect(events.at(-1)!.data).toMatchObject({ refused: false, answer: 'NOT before five [1].' });
  });

  test.each<[string, Behaviour, string]>([
    ['breaks off', breaksOffAfter('The archive '), 'upstream_error'],
    ['stalls', stallsAfter('The archive '), 'upstream_timeout'],
    ['never begins', hangs, 'upstream_timeout'],
    ['is refused', failsWith(401), 'upstream_error'],
    [
      'is not what the protocol says',
      (_request, response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"choices":7}\n\n'),
      'upstream_error',
    ],
    [
      'is no JSON',
      (_request, response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"cho\n\n'),
      'upstream_error',
    ],
  ])('that %s ends in an error event, not in an answer', async (_name, behaviour, code) => {
    const events = await eventsFor(behaviour);
    expect(names(events)).not.toContain('answer-end');
    expect(names(events).at(-1)).toBe('error');
    const { request_id } = events[0]!.data;
    expect(events.at(-1)!.data).toMatchObject({
      code,
      request_id,
      instance: '/query',
      title: expect.any(String),
    });
    expect(JSON.stringify(events)).not.toContain('own words');
  });

  test('is asked for again when the provider was busy', async () => {
    const events = await eventsFor(inTurn(isBusyFor(0), answers('At five [1].')));
    expect(events.at(-1)!.data).toMatchObject({ answer: 'At five [1].' });
  });

  test.each([
    ['streamed', true],
    ['whole', false],
  ])('ends at the provider when the client of a %s answer goes away', async (_name, stream) => {
    provider.onChat = stream
      ? stallsAfter('The archive closes at five. Its doors are shut then, and nobody is let in ')
      : hangs;
    const gone = new AbortController();
    const asked = open(server, 'POST', '/query', { json: { ...QUESTION, stream }, signal: gone.signal });
    asked.catch(() => undefined);
    await eventually(async () => provider.chats().length === 1);
    if (stream) for await (const { event } of eventsOf(await asked)) if (event === 'answer-delta') break;
    expect(provider.chats()[0]!.aborted).toBe(false);
    gone.abort();
    await eventually(async () => provider.chats()[0]!.aborted, {
      patienceMs: 1_000,
      what: 'the end of the call',
    });
    expect(provider.chats()).toHaveLength(1);
  });
});
