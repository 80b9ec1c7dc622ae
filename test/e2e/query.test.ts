import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { ingest, open, post, postForEvents, type Reply } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const LIBRARY = `# Lending rules

Members borrow up to six books at a time. The loan period is 21 days.

# Fees

The late fee is $8 for each week that a book is overdue. 🦉 Children’s books have no late fee.`;

describeOnEveryDatabase('questions', (database) => {
  let server: RunningServer;
  let libraryId: string;
  beforeAll(async () => {
    server = await startServer({ env: await database.env() });
    const stored = await ingest(server, [
      {
        text: LIBRARY,
        title: 'Library handbook',
        source: 'library.md',
        metadata: { branch: 'north', floor: 2 },
      },
      {
        text: 'The pool opens at 6 in the morning. The late fee is 3 francs.',
        source: 'pool.txt',
        metadata: { branch: 'south' },
      },
      { text: 'Parking is free on Sundays.', source: 'parking.txt' },
    ]);
    libraryId = stored[0].id;
  });
  afterAll(() => server.stop());

  const expectQuotesToResolve = async ({ citations }: Reply['body']) => {
    for (const { document_id, quote, start, end } of citations) {
      const [row] = await asOwner(server, (sql) =>
        sql('select text from documents where id = $1', [document_id]),
      );
      expect((row!.text as string).slice(start, end)).toBe(quote);
    }
  };

  test('are answered with citations that quote the document at their offsets', async () => {
    const { status, body, headers } = await post(server, '/query', {
      query: 'What is the late fee for an overdue book?',
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      answer: expect.stringMatching(/\$8[^]*\[1\]/),
      citations: expect.arrayContaining([
        {
          index: 1,
          document_id: libraryId,
          chunk_id: expect.any(String),
          title: 'Library handbook',
          source: 'library.md',
          quote: 'The late fee is $8 for each week that a book is overdue.',
          start: LIBRARY.indexOf('The late fee'),
          end: LIBRARY.indexOf(' 🦉'),
          score: expect.any(Number),
        },
      ]),
      confidence: expect.any(Number),
      refused: false,
      refusal_reason: null,
      model: 'extractive',
      finish_reason: 'stop',
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost_usd: 0 },
      guardrails: { redactions: [], flags: [] },
      request_id: headers.get('x-request-id'),
    });
    await expectQuotesToResolve(body);
  });

  test('may be called question as well', async () => {
    const { body } = await post(server, '/query', { question: 'When is parking free?' });
    expect(body.answer).toContain('Sundays');
  });

  test('offsets count UTF-16 code units, also behind an emoji', async () => {
    const { body } = await post(server, '/query', {
      query: 'Which books have no late fee? Children’s books?',
      top_k: 1,
    });
    expect(body.citations.length).toBeGreaterThan(0);
    await expectQuotesToResolve(body);
  });

  test('that the documents do not answer are refused, and say so', async () => {
    const { status, body } = await post(server, '/query', { query: 'Who composed the opera Nabucco?' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      refused: true,
      refusal_reason: 'not_in_documents',
      citations: [],
      confidence: 0,
    });
    expect(body.answer).toMatch(/documents/i);
  });

  test.each([
    ['"stream": true', { stream: true }, {}],
    ['Accept: text/event-stream', {}, { accept: 'text/event-stream' }],
  ])('come as events for %s: start, citations, text, and the whole answer', async (_name, extra, headers) => {
    const question = { query: 'How long is the loan period?', ...extra };
    const events = await postForEvents(server, '/query', question, { headers });
    const names = events.map(({ event }) => event);
    expect(names.slice(0, 3)).toEqual(['answer-start', 'citations', 'answer-delta']);
    expect(names.at(-1)).toBe('answer-end');
    expect(new Set(names.slice(2, -1))).toEqual(new Set(['answer-delta']));
    const [start, citations] = events;
    const answer = events.at(-1)!.data;
    expect(start!.data).toEqual({ request_id: answer.request_id, model: 'extractive' });
    await expectQuotesToResolve({ citations: citations!.data });
    await expectQuotesToResolve(answer);
    const text = events
      .filter(({ event }) => event === 'answer-delta')
      .map(({ data }) => data.text as string);
    expect(text.join('')).toBe(answer.answer);
    expect(answer).toMatchObject({ refused: false, citations: [{ index: 1, document_id: libraryId }] });
    const offered = citations!.data.map(({ index }: { index: number }) => index);
    for (const { index } of answer.citations) expect(offered).toContain(index);
  });

  test('a streamed refusal has the same order and no citations', async () => {
    const events = await postForEvents(server, '/query', { query: 'Who composed Nabucco?', stream: true });
    expect(events.map(({ event }) => event)).toEqual([
      'answer-start',
      'citations',
      'answer-delta',
      'answer-end',
    ]);
    expect(events[1]!.data).toEqual([]);
    expect(events[3]!.data).toMatchObject({ refused: true, refusal_reason: 'not_in_documents' });
  });

  test('a stream is not buffered on its way, and not cached', async () => {
    const response = await open(server, 'POST', '/query', { json: { query: 'parking', stream: true } });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('cache-control')).toBe('no-store');
    await response.text();
  });

  test('a question that is wrong is refused as a problem also when a stream was asked for', async () => {
    const { status, body } = await post(server, '/query', { query: '', stream: true });
    expect([status, body.code]).toEqual([400, 'invalid_request']);
  });

  test.each([
    ['source', { source: 'pool.txt' }, ['pool.txt']],
    ['metadata', { metadata: { branch: 'north', floor: 2 } }, ['library.md']],
    ['source and metadata', { source: 'pool.txt', metadata: { branch: 'north' } }, []],
    ['a metadata value of another type', { metadata: { floor: '2' } }, []],
  ])('a search can be narrowed by %s', async (_name, filter, sources) => {
    const { body } = await post(server, '/search', { query: 'late fee', filter });
    expect([...new Set(body.chunks.map(({ source }: { source: string }) => source))]).toEqual(sources);
  });

  test('a filter holds for the answer as well', async () => {
    const { body } = await post(server, '/query', {
      query: 'What is the late fee?',
      filter: { source: 'pool.txt' },
    });
    expect(body.answer).toContain('3 francs');
    expect(body.answer).not.toContain('$8');
  });

  test('a search gives the best first, and no more than top_k', async () => {
    const found = (await post(server, '/search', { query: 'late fee of an overdue book', top_k: 2 })).body
      .chunks;
    expect(found).toHaveLength(2);
    expect(found[0].text).toContain('overdue');
    expect(found[0].score).toBeGreaterThan(found[1].score);
    expect(Object.keys(found[0]).sort()).toEqual([
      'chunk_id',
      'document_id',
      'end',
      'heading_path',
      'score',
      'source',
      'start',
      'text',
      'title',
    ]);
  });

  test('a search says where in the document a chunk stands', async () => {
    const [chunk] = (await post(server, '/search', { query: 'loan period days' })).body.chunks;
    expect(chunk.heading_path.at(-1)).toBe('Lending rules');
    expect(LIBRARY.slice(chunk.start, chunk.end)).toBe(chunk.text);
  });
});
