import { eventsOf } from './event-stream.js';

/** A question that got no answer: what the server's problem document says, or as much as is known without one. */
export class AskFailure extends Error {
  constructor(
    { status = 0, code = '', title = '', detail = '', request_id: requestId = '' },
    retryAfterSeconds,
  ) {
    super(detail);
    Object.assign(this, { status, code, title, detail, requestId, retryAfterSeconds });
  }
}

/**
 * Asks and gives what comes, `{event, data}` each, up to `answer-end`. Throws an `AskFailure`, also where the
 * stream breaks off; aborting throws the signal's reason.
 */
export async function* ask(question, { headers, signal }) {
  let response;
  try {
    response = await fetch('query', {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json', Accept: 'text/event-stream' },
      body: JSON.stringify({ query: question, stream: true }),
      credentials: 'omit',
      signal,
    });
    if (!response.ok) throw await failureOf(response);
    for await (const { event, data } of eventsOf(response.body)) {
      const content = JSON.parse(data);
      if (event === 'error') throw new AskFailure(content);
      yield { event, data: content };
      if (event === 'answer-end') return;
    }
    throw new Error('no end');
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AskFailure) throw error;
    throw new AskFailure(
      response ? { code: 'cut_off', request_id: requestIdOf(response) } : { code: 'unreachable' },
    );
  }
}

const requestIdOf = (response) => response.headers.get('X-Request-Id') ?? '';

/** A proxy in front may answer with a page of its own instead of a problem document. */
async function failureOf(response) {
  const problem = await response.json().catch(() => ({}));
  const known = {
    status: response.status,
    title: response.statusText,
    request_id: requestIdOf(response),
  };
  const wait = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  return new AskFailure({ ...known, ...problem }, Number.isNaN(wait) ? undefined : wait);
}
