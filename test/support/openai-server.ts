import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived at `/v1/chat/completions` or `/v1/embeddings`. */
export type ProviderRequest = {
  path: string;
  headers: IncomingHttpHeaders;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what came over the wire is what the tests look into
  body: any;
  /** Whether the client went away before it had the whole reply. */
  aborted: boolean;
};

/** How the provider behaves towards one request. */
export type Behaviour = (request: ProviderRequest, response: ServerResponse) => void | Promise<void>;

/** A local model provider that speaks the OpenAI protocol and does what a test scripts. */
export type OpenAiServer = {
  /** Settings that point Sallyport at it. */
  env: Record<string, string>;
  /** Every request so far, oldest first. */
  requests: ProviderRequest[];
  chats(): ProviderRequest[];
  onChat: Behaviour;
  onEmbeddings: Behaviour;
  onModerations: Behaviour;
  /** Forgets the requests, and behaves as at first. */
  reset(): void;
  stop(): Promise<void>;
};

export const MODEL = 'gpt-4o-mini-2024-07-18';
export const USAGE = { prompt_tokens: 800, completion_tokens: 40, total_tokens: 840 };
export const DIMENSIONS = 8;

const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void =>
  void response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify(body));

const completion = (extra: object) => ({ id: 'chatcmpl-1', created: 1_750_000_000, model: MODEL, ...extra });
const chunk = (delta: object, finish: string | null = null): string =>
  sse(
    completion({
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finish }],
    }),
  );
const sse = (data: unknown): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

/** Answers with these pieces: a chunk each in a stream, joined in one reply. */
export const answers =
  (...pieces: string[]): Behaviour =>
  (request, response) => {
    if (!request.body.stream) {
      const message = { role: 'assistant', content: pieces.join('') };
      const choices = [{ index: 0, message, finish_reason: 'stop' }];
      json(response, 200, completion({ object: 'chat.completion', choices, usage: USAGE }));
      return;
    }
    beginStream(response, pieces);
    response.write(chunk({}, 'stop'));
    if (request.body.stream_options?.include_usage)
      response.write(sse(completion({ object: 'chat.completion.chunk', choices: [], usage: USAGE })));
    response.end(sse('[DONE]'));
  };

const beginStream = (response: ServerResponse, pieces: string[]): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk({ role: 'assistant', content: '' }));
  for (const content of pieces) response.write(chunk({ content }));
};

export type SlowAnswer = {
  promptTokens: number;
  /** Each is a word, and counts as one token. */
  pieces: number;
  everyMs: number;
  /** Called for each piece, when it is written; no more once the client has gone. */
  onPiece: () => void;
};

/** Writes an answer piece by piece, as a model does, whether or not it is wanted as a stream. */
export const writesSlowly =
  ({ promptTokens, pieces, everyMs, onPiece }: SlowAnswer): Behaviour =>
  async (request, response) => {
    const usage = {
      prompt_tokens: promptTokens,
      completion_tokens: pieces,
      total_tokens: promptTokens + pieces,
    };
    const words = ['At', ' five', ' [1]', ...Array.from({ length: pieces - 4 }, () => ' indeed'), '.'];
    if (request.body.stream) beginStream(response, []);
    for (const content of words) {
      await new Promise((resume) => setTimeout(resume, everyMs));
      if (response.destroyed) return;
      onPiece();
      if (request.body.stream) response.write(chunk({ content }));
    }
    if (request.body.stream) {
      response.write(chunk({}, 'stop'));
      response.write(sse(completion({ object: 'chat.completion.chunk', choices: [], usage })));
      response.end(sse('[DONE]'));
      return;
    }
    const message = { role: 'assistant', content: words.join('') };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    json(response, 200, completion({ object: 'chat.completion', choices, usage }));
  };

/**
 * How many of these are really open. The end of one that closed before the newest was asked for may be read after it, in the same
 * turn of the event loop or, as it is told once everything else of a turn is, in the next: two turns later it is known.
 */
export const stillOpen = async (responses: ServerResponse[]): Promise<number> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resume) => setImmediate(resume));
  return responses.filter(({ closed, destroyed }) => !closed && !destroyed).length;
};

/** Streams these pieces and then breaks the connection. */
export const breaksOffAfter =
  (...pieces: string[]): Behaviour =>
  (_request, response) => {
    beginStream(response, pieces);
    setImmediate(() => response.destroy());
  };

/** Streams these pieces, and then nothing, for ever. */
export const stallsAfter =
  (...pieces: string[]): Behaviour =>
  (_request, response) =>
    beginStream(response, pieces);

export const failsWith =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (_request, response) =>
    json(response, status, { error: { message: 'the provider’s own words', type: 'test' } }, headers);

/** Too many requests: try again in so many seconds. */
export const isBusyFor = (seconds: number): Behaviour => failsWith(429, { 'retry-after': String(seconds) });

/** Accepts the request and never says a word. */
export const hangs: Behaviour = () => undefined;

export const dropsConnection: Behaviour = (_request, response) => void response.destroy();

/** A reply of the right type that is not what the protocol says. */
export const replies =
  (body: unknown): Behaviour =>
  (_request, response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));

/** One behaviour after the other, then the last again and again. */
export const inTurn = (...behaviours: Behaviour[]): Behaviour => {
  let turn = 0;
  return (request, response) => behaviours[Math.min(turn++, behaviours.length - 1)]!(request, response);
};

/** Embeds with `vectorOf`, `DIMENSIONS` numbers a text. */
export const embedsWith =
  (vectorOf: (text: string) => number[]): Behaviour =>
  (request, response) =>
    json(response, 200, {
      object: 'list',
      model: request.body.model,
      data: (request.body.input as string[])
        .map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) }))
        .reverse(), // the order is not promised; `index` is
      usage: { prompt_tokens: 8, total_tokens: 8 },
    });

const noSuchPath: Behaviour = (_request, response) =>
  json(response, 404, { error: { message: 'no such path' } });

/** A moderation with these scores. */
export const rates = (category_scores: Record<string, number>): Behaviour =>
  replies({ results: [{ category_scores }] });

const letters = (text: string): number[] =>
  Array.from({ length: DIMENSIONS }, (_, place) => 1 + (text.charCodeAt(place % text.length) % 7));

/** Starts the provider; unless told otherwise it answers "Yes [1]." and embeds by the first letters of a text. */
export const startOpenAiServer = async (): Promise<OpenAiServer> => {
  const requests: ProviderRequest[] = [];
  const usual = {
    onChat: answers('Yes [1].'),
    onEmbeddings: embedsWith(letters),
    onModerations: noSuchPath,
  };
  const http = createServer((message, response) => {
    void (async () => {
      const pieces: Buffer[] = [];
      for await (const piece of message) pieces.push(piece as Buffer);
      const { url: path = '', headers } = message;
      const body: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8') || 'null');
      const request: ProviderRequest = { path, headers, body, aborted: false };
      response.once('close', () => (request.aborted = !response.writableFinished));
      requests.push(request);
      if (path === '/v1/chat/completions') await provider.onChat(request, response);
      else if (path === '/v1/embeddings') await provider.onEmbeddings(request, response);
      else if (path === '/v1/moderations') await provider.onModerations(request, response);
      else await noSuchPath(request, response);
    })();
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const provider: OpenAiServer = {
    env: {
      OPENAI_BASE_URL: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`,
      OPENAI_API_KEY: 'sk-a-key-of-the-provider',
      // It embeds only where a test asks for `openai`.
      EMBEDDING_PROVIDER: 'none',
      EMBEDDING_DIMENSIONS: String(DIMENSIONS),
      // Nobody waits for a turn but where a test asks for it.
      LLM_REQUESTS_PER_MINUTE: '1000000',
      LLM_TOKENS_PER_MINUTE: '1000000',
    },
    requests,
    chats: () => requests.filter(({ path }) => path === '/v1/chat/completions'),
    ...usual,
    reset: () => {
      requests.length = 0;
      Object.assign(provider, usual);
    },
    stop: async () => {
      http.closeAllConnections();
      http.close();
      if (http.listening) await once(http, 'close');
    },
  };
  return provider;
};
