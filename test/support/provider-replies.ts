import type { Behaviour } from './openai-server.ts';

/** What becomes of a reply: an answer, a refusal with its reason, or a problem with its reason. */
export type Expected = {
  answer?: string;
  finish?: string;
  refusal?: string;
  problem?: string;
  usage?: [prompt: number, completion: number];
};

export type Row = [name: string, reply: Behaviour, expected: Expected];

type Raw = { type?: string; status?: number; headers?: Record<string, string>; cut?: boolean };

/** A reply with these very bytes, whatever was asked for; `cut` breaks the connection behind them. */
export const sends =
  (
    body: string,
    { type = 'text/event-stream', status = 200, headers = {}, cut = false }: Raw = {},
  ): Behaviour =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': type, ...headers });
    if (!cut) return void response.end(body);
    response.write(body);
    setTimeout(() => response.destroy(), 20);
  };
const sendsJson = (body: unknown, raw: Raw = {}): Behaviour =>
  sends(JSON.stringify(body), { type: 'application/json', ...raw });

const SAID = 'The archive closes at five [1].';
const [FIRST, REST] = ['The archive closes', ' at five [1].'];
const USAGE = { prompt_tokens: 800, completion_tokens: 40, total_tokens: 840 };
const COUNTED: [number, number] = [800, 40];

const message = (content: unknown, extra: object = {}, finish: unknown = 'stop', besides: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_750_000_000,
  model: 'a-model',
  choices: [{ index: 0, message: { role: 'assistant', content, ...extra }, finish_reason: finish }],
  usage: USAGE,
  ...besides,
});
const chunk = (delta: unknown, finish: unknown = null, besides: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_750_000_000,
  model: 'a-model',
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...besides,
});
const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
const DONE = 'data: [DONE]\n\n';
const role = chunk({ role: 'assistant', content: '' });
const pieces = (...texts: string[]) => texts.map((content) => chunk({ content }));
/** A stream in good order but for what is in it. */
const streams = (...chunks: unknown[]) => sends(chunks.map(event).join('') + DONE);
const usual = [role, ...pieces(FIRST, REST)];
const end = chunk({}, 'stop');
const last = chunk({}, 'stop', { usage: USAGE });
const said = (content: unknown, extra?: object, finish?: unknown, besides?: object) =>
  sendsJson(message(content, extra, finish, besides));

const ok: Expected = { answer: SAID, finish: 'stop' };
const counted: Expected = { ...ok, usage: COUNTED };
const failed = (problem: string): Expected => ({ problem });
const malformed = failed('malformed_reply');
const none = (finish: string): Expected => ({ refusal: 'no_answer', finish });
const notThere: Expected = { refusal: 'not_in_documents', finish: 'stop' };

/** Replies to a question that was asked whole. */
export const WHOLE: Row[] = [
  ['OpenAI: as documented', said(SAID), counted],
  ['no usage', sendsJson({ ...message(SAID), usage: undefined }), ok],
  ['usage null', sendsJson(message(SAID, {}, 'stop', { usage: null })), ok],
  ['usage empty (LiteLLM)', sendsJson(message(SAID, {}, 'stop', { usage: {} })), ok],
  ['usage with nulls', said(SAID, {}, 'stop', { usage: { prompt_tokens: null, total_tokens: null } }), ok],
  [
    'usage without the completion',
    said(SAID, {}, 'stop', { usage: { prompt_tokens: 800, total_tokens: 840 } }),
    counted,
  ],
  [
    'usage that counts thoughts in the total alone (Gemini)',
    said(SAID, {}, 'stop', { usage: { prompt_tokens: 800, completion_tokens: 10, total_tokens: 840 } }),
    counted,
  ],
  [
    'usage in texts',
    said(SAID, {}, 'stop', { usage: { prompt_tokens: '800', completion_tokens: '40' } }),
    ok,
  ],
  [
    'usage in fractions',
    said(SAID, {}, 'stop', { usage: { prompt_tokens: 799.5, completion_tokens: 40 } }),
    ok,
  ],
  ['usage that is a list', said(SAID, {}, 'stop', { usage: [] }), ok],
  ['usage of words', said(SAID, {}, 'stop', { usage: { prompt_tokens: 'many', total_tokens: 'x' } }), ok],
  ['usage of zeros', said(SAID, {}, 'stop', { usage: { prompt_tokens: 0, completion_tokens: 0 } }), ok],
  ['neither id, model nor created', sendsJson({ choices: [{ message: { content: SAID } }] }), ok],
  [
    'content as a list of parts',
    said([
      { type: 'text', text: FIRST },
      { type: 'text', text: REST },
    ]),
    counted,
  ],
  ['parts of the responses API', said([{ type: 'output_text', text: SAID, annotations: [] }]), counted],
  ['parts that are strings', said([FIRST, REST]), counted],
  [
    'Mistral Magistral: thinking as a part',
    said([
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hidden thought [1].' }] },
      { type: 'text', text: SAID },
    ]),
    counted,
  ],
  ['DeepSeek: reasoning_content', said(SAID, { reasoning_content: 'Hidden thought.' }), counted],
  [
    'OpenRouter: reasoning and its details',
    said(SAID, { reasoning: 'Hidden.', reasoning_details: [{ type: 'reasoning.text', text: 'Hidden.' }] }),
    counted,
  ],
  ['Ollama: thinking', said(SAID, { thinking: 'Hidden thought.' }), counted],
  ['vLLM without a reasoning parser', said(`<think>\nHidden [1].\n</think>\n\n${SAID}`), counted],
  ['R1’s template: a thought without its beginning', said(`Hidden [1].\n</think>\n\n${SAID}`), counted],
  ['<thinking> in capitals', said(`<THINKING>Hidden [1].</THINKING>${SAID}`), counted],
  [
    'gpt-oss without its parser',
    said(`<|channel|>analysis<|message|>Hidden.<|end|><|start|>assistant<|channel|>final<|message|>${SAID}`),
    counted,
  ],
  ['Moonshot’s marks', said(`◁think▷Hidden.◁/think▷${SAID}`), counted],
  [
    'a mark that is spoken of',
    said('It writes `<think>` first, and `</think>` last [1].'),
    { answer: 'It writes `<think>` first, and `</think>` last [1].' },
  ],
  ['cut off', said(FIRST, {}, 'length'), { answer: FIRST, finish: 'length' }],
  ['cut off, in Anthropic’s word', said(FIRST, {}, 'max_tokens'), { answer: FIRST, finish: 'length' }],
  ['cut off, in Mistral’s word', said(FIRST, {}, 'model_length'), { answer: FIRST, finish: 'length' }],
  ['cut off, in Gemini’s word', said(FIRST, {}, 'MAX_TOKENS'), { answer: FIRST, finish: 'length' }],
  ['all tokens went into reasoning', said('', {}, 'length'), { ...none('length'), usage: COUNTED }],
  [
    'Gemini: the same, without content',
    sendsJson({ choices: [{ finish_reason: 'length', index: 0, message: { role: 'assistant' } }] }),
    none('length'),
  ],
  ['a thought without end', said('<think>Hidden [1]. And', {}, 'length'), none('length')],
  ['a thought and no answer', said('<think>Hidden [1].</think>', {}, 'stop'), malformed],
  [
    'a tool call',
    said(
      null,
      { tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      'tool_calls',
    ),
    none('tool_calls'),
  ],
  ['an old function call', said(null, { function_call: { name: 'f' } }, 'function_call'), none('tool_calls')],
  ['a tool call that is called a stop', said(null, { tool_calls: [{ id: 'c' }] }), none('tool_calls')],
  [
    'OpenAI: a refusal',
    said(null, { refusal: 'I cannot help with that.' }),
    { ...none('refusal'), answer: 'I cannot help with that.' },
  ],
  [
    'a refusal as a part',
    said([{ type: 'refusal', refusal: 'I cannot help with that.' }]),
    { ...none('refusal'), answer: 'I cannot help with that.' },
  ],
  ['Claude: finished by a refusal', said('', {}, 'refusal'), none('refusal')],
  ['refusal null', said(SAID, { refusal: null, annotations: [], audio: null }), counted],
  [
    'Azure: the content filter took all',
    said(null, {}, 'content_filter'),
    { refusal: 'output_blocked', finish: 'content_filter' },
  ],
  ['Azure: it took the rest', said(FIRST, {}, 'content_filter'), { answer: FIRST, finish: 'content_filter' }],
  ['finished by eos', said(SAID, {}, 'eos'), counted],
  ['finished by end_turn', said(SAID, {}, 'end_turn'), counted],
  ['finished by stop_sequence', said(SAID, {}, 'stop_sequence'), counted],
  ['finished by nothing', said(SAID, {}, ''), counted],
  ['finished by null', said(SAID, {}, null), counted],
  [
    'several choices',
    sendsJson({
      ...message(SAID),
      choices: [...message(SAID).choices, { index: 1, message: { content: 'Other.' } }],
    }),
    counted,
  ],
  [
    'choices of which the first is second',
    sendsJson({
      ...message(SAID),
      choices: [{ index: 1, message: { content: 'Other.' } }, ...message(SAID).choices],
    }),
    counted,
  ],
  [
    'Ollama’s own shape',
    sendsJson({
      model: 'm',
      message: { role: 'assistant', content: SAID },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 800,
      eval_count: 40,
    }),
    counted,
  ],
  [
    'the legacy shape',
    sendsJson({ choices: [{ index: 0, text: SAID, finish_reason: 'stop' }], usage: USAGE }),
    counted,
  ],
  ['as text/plain', sends(JSON.stringify(message(SAID)), { type: 'text/plain' }), counted],
  [
    'without a type, behind white space that kept it alive',
    sends(`\n \n${JSON.stringify(message(SAID))}`, { type: '' }),
    counted,
  ],
  ['a stream that nobody asked for', streams(...usual, last), counted],
  ['the mark alone', said('NOT_IN_DOCUMENTS'), notThere],
  [
    'the mark in bold, explained',
    said('**NOT_IN_DOCUMENTS**\n\nThe passages speak of other things [1].'),
    notThere,
  ],
  ['the mark behind an excuse', said('I am sorry, the passages do not say: NOT_IN_DOCUMENTS.'), notThere],
  [
    'the mark behind two sentences',
    said('I am sorry for that. The passages do not say when. NOT_IN_DOCUMENTS'),
    notThere,
  ],
  ['the mark, escaped', said('NOT\\_IN\\_DOCUMENTS'), notThere],
  ['the mark behind a thought', said('<think>Is it there?</think>NOT_IN_DOCUMENTS'), notThere],
  ['the mark behind an answer', said(`${SAID}\n\nNOT_IN_DOCUMENTS`), { answer: `${SAID}\n\n` }],
  [
    'an error in a 200',
    sendsJson({ error: { message: 'own words', code: 429, type: 'x' } }),
    failed('rate_limit_exceeded'),
  ],
  [
    'Ollama: an error that is a string',
    sendsJson({ error: 'model "x" not found, try pulling it first' }),
    failed('model_not_found'),
  ],
  [
    'vLLM: an error that is an object',
    sendsJson({ object: 'error', message: 'own words', type: 'BadRequestError', code: 400 }),
    failed('invalid_request'),
  ],
  [
    'OpenRouter: the provider failed',
    sendsJson({
      choices: [
        { error: { code: 502, message: 'own words' }, message: { content: '' }, finish_reason: 'error' },
      ],
    }),
    failed('server_error'),
  ],
  ['error null', said(SAID, {}, 'stop', { error: null }), counted],
  ['an empty body', sends('', { type: 'application/json' }), malformed],
  ['a page of HTML', sends('<!doctype html><p>Welcome</p>', { type: 'text/html' }), malformed],
  [
    'half a document',
    sends(JSON.stringify(message(SAID)).slice(0, 80), { type: 'application/json' }),
    malformed,
  ],
  ['content that is a number', said(5), malformed],
  ['nothing written', said(''), malformed],
  ['choices that are none', sendsJson({ choices: 7 }), malformed],
];

/** Replies to a question whose answer is wanted as a stream. */
export const STREAMED: Row[] = [
  ['OpenAI: as documented', streams(...usual, end, chunk({}, null, { choices: [], usage: USAGE })), counted],
  ['a usage chunk without choices', streams(...usual, end, { id: 'x', usage: USAGE }), counted],
  ['a usage chunk with choices null', streams(...usual, end, { choices: null, usage: USAGE }), counted],
  ['usage in the last chunk', streams(...usual, last), counted],
  [
    'usage in each chunk, summed up (vLLM)',
    streams(
      role,
      chunk({ content: FIRST }, null, { usage: { prompt_tokens: 800, completion_tokens: 3 } }),
      chunk({ content: REST }, 'stop', { usage: USAGE }),
    ),
    counted,
  ],
  ['usage null until the end', streams(chunk({ content: SAID }, null, { usage: null }), last), counted],
  [
    'Groq: usage of its own',
    streams(...usual, chunk({}, 'stop', { x_groq: { id: 'req', usage: USAGE } })),
    counted,
  ],
  [
    'Moonshot: usage in the choice',
    streams(...usual, { choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: USAGE }] }),
    counted,
  ],
  [
    'a last chunk without delta',
    streams(...usual, { choices: [{ index: 0, finish_reason: 'stop' }], usage: USAGE }),
    counted,
  ],
  [
    'a last chunk with delta null',
    streams(...usual, { choices: [{ index: 0, delta: null, finish_reason: 'stop' }], usage: USAGE }),
    counted,
  ],
  [
    'Azure: filters before and, without delta, behind',
    streams(
      {
        choices: [],
        id: '',
        model: '',
        object: '',
        created: 0,
        prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
      },
      ...usual,
      end,
      {
        id: '',
        object: '',
        created: 0,
        model: '',
        choices: [
          {
            index: 0,
            finish_reason: null,
            content_filter_results: {},
            content_filter_offsets: { check_offset: 1 },
          },
        ],
      },
      { choices: [], usage: USAGE },
    ),
    counted,
  ],
  ['no finish reason before the end', streams(...usual), ok],
  ['no [DONE] behind the finish reason', sends([...usual, last].map(event).join('')), counted],
  ['a connection that breaks behind it', sends([...usual, last].map(event).join(''), { cut: true }), counted],
  [
    'no space behind the colon',
    sends([...usual, last].map((one) => `data:${JSON.stringify(one)}\n\n`).join('') + 'data:[DONE]\n\n'),
    counted,
  ],
  [
    'lines that end as on Windows',
    sends(([...usual, last].map(event).join('') + DONE).replaceAll('\n', '\r\n')),
    counted,
  ],
  [
    'events without an empty line between',
    sends(([...usual, last].map(event).join('') + DONE).replaceAll('\n\n', '\n')),
    counted,
  ],
  [
    'OpenRouter: comments',
    sends(
      `: OPENROUTER PROCESSING\n\n${event(usual[1])}: OPENROUTER PROCESSING\n\n${event(usual[2])}${event(last)}${DONE}`,
    ),
    counted,
  ],
  [
    'ids, names and empty data',
    sends(
      `retry: 3000\n\ndata:\n\n${usual.map((one) => `id: 1\nevent: message\n${event(one)}`).join('')}${event(last)}${DONE}`,
    ),
    counted,
  ],
  ['as text/plain', sends([...usual, last].map(event).join('') + DONE, { type: 'text/plain' }), counted],
  ['as one document', said(SAID), counted],
  [
    'as Ollama’s own lines',
    sends(
      [FIRST, REST]
        .map((content) => JSON.stringify({ message: { role: 'assistant', content }, done: false }))
        .join('\n') +
        `\n${JSON.stringify({ message: { content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 800, eval_count: 40 })}\n`,
      { type: 'application/x-ndjson' },
    ),
    counted,
  ],
  [
    'Perplexity: the message so far beside each delta',
    streams(
      { choices: [{ index: 0, delta: { content: FIRST }, message: { content: FIRST } }] },
      {
        choices: [{ index: 0, delta: { content: REST }, message: { content: SAID }, finish_reason: 'stop' }],
        usage: USAGE,
      },
    ),
    counted,
  ],
  [
    'MiniMax: the whole message at the end',
    streams(...usual, {
      choices: [{ index: 0, message: { content: SAID }, finish_reason: 'stop' }],
      usage: USAGE,
    }),
    counted,
  ],
  [
    'Mistral: content as parts',
    streams(
      role,
      chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hidden [1].' }] }] }),
      chunk({ content: [{ type: 'text', text: SAID }] }),
      last,
    ),
    counted,
  ],
  [
    'content null with reasoning',
    streams(
      chunk({ role: 'assistant', content: null, reasoning_content: 'Hidden [1].' }),
      ...pieces(FIRST, REST),
      last,
    ),
    counted,
  ],
  [
    'reasoning beside empty content',
    streams(chunk({ content: '', reasoning: 'Hidden [1].' }), ...pieces(FIRST, REST), last),
    counted,
  ],
  [
    'a thought, cut anywhere',
    streams(role, ...pieces(...`<think>Hidden [1]. So.</think>\n\n${SAID}`.match(/./gs)!), last),
    counted,
  ],
  [
    'two thoughts',
    streams(...pieces('<think>Hid', 'den</think>', FIRST, '<think>Hidden</think>', REST), last),
    counted,
  ],
  [
    '<thinking>, cut',
    streams(...pieces('<think', 'ing>Hidden [1].</thin', `king>${FIRST}`, REST), last),
    counted,
  ],
  [
    'a thought without end',
    streams(...pieces('<think>', 'Hidden [1].'), chunk({}, 'length')),
    none('length'),
  ],
  [
    'what only begins like one',
    streams(...pieces('A <', ' B <th', 'ree [1].'), last),
    { answer: 'A < B <three [1].' },
  ],
  ['cut off', streams(role, ...pieces(FIRST), chunk({}, 'length')), { answer: FIRST, finish: 'length' }],
  [
    'all tokens went into reasoning',
    streams(chunk({ reasoning_content: 'Hidden.' }), chunk({ content: '' }, 'length', { usage: USAGE })),
    { ...none('length'), usage: COUNTED },
  ],
  [
    'a tool call',
    streams(
      role,
      chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '' } }] }),
      chunk({}, 'tool_calls'),
    ),
    none('tool_calls'),
  ],
  [
    'a refusal',
    streams(
      chunk({ role: 'assistant', refusal: '' }),
      chunk({ refusal: 'I cannot ' }),
      chunk({ refusal: 'help.' }),
      end,
    ),
    { ...none('refusal'), answer: 'I cannot help.' },
  ],
  [
    'two answers at once',
    streams(
      { choices: [{ index: 1, delta: { content: 'Other. ' } }] },
      ...usual,
      { choices: [{ index: 1, delta: {}, finish_reason: 'length' }] },
      last,
    ),
    counted,
  ],
  [
    'the mark in pieces, in bold',
    streams(...pieces('**NOT', '_IN_', 'DOCUMENTS**', '. The passages [1]'), last),
    notThere,
  ],
  ['the mark behind an excuse', streams(...pieces('I am sorry: NOT_', 'IN_DOCUMENTS'), last), notThere],
  [
    'the mark behind two sentences',
    streams(
      ...pieces('I am sorry for that. ', 'The passages do not say when. ', 'NOT_IN', '_DOCUMENTS'),
      last,
    ),
    notThere,
  ],
  [
    'the mark behind an answer',
    streams(...pieces(SAID, ' NOT_IN_', 'DOCUMENTS'), last),
    { answer: `${SAID} ` },
  ],
  [
    'an error in the middle',
    streams(...usual, { error: { message: 'own words', code: 'context_length_exceeded' } }),
    failed('context_length_exceeded'),
  ],
  [
    'an error by its name',
    sends(`${event(role)}event: error\ndata: {"message":"own words","type":"authentication_error"}\n\n`),
    failed('invalid_api_key'),
  ],
  [
    'OpenRouter: an error beside a chunk',
    streams(...usual, { ...chunk({ content: '' }, 'error'), error: { code: 503, message: 'own words' } }),
    failed('server_error'),
  ],
  ['broken off', sends(usual.map(event).join(''), { cut: true }), failed('malformed_reply')],
  ['closed without a word', sends(usual.map(event).join('')), malformed],
  ['half a line', sends(`${event(role)}data: {"cho`), malformed],
  ['an end and nothing else', streams(role, end), malformed],
];
