import { malformedReply } from './openai-failure.ts';
import { readPieces } from './read-pieces.ts';

/** What a reply is made of: JSON values, and the provider's word that there is no more. */
export type ReplyEvent = { data: unknown } | 'done';

const LINE_END = /\r\n|\n|\r/;
/** How server-sent events begin: with a field, or with a comment that keeps the connection open. */
const EVENTS_BEGIN = /^(?:data|event|id|retry)?:/;
const LONGEST_FIELD = 6;

/**
 * The JSON values of a reply, whichever way they come, for servers do not always do what they were asked for, nor say what
 * they do: as server-sent events, as one document, or as one a line. A document is whole by itself; of events `done` says so.
 *
 * @throws AppError `upstream_error` for anything else, and where one of them is too long; whatever reading throws
 */
export async function* readReply(response: Response): AsyncGenerator<ReplyEvent, void> {
  const pieces = readPieces(response);
  let begun = '';
  try {
    for (;;) {
      const { value, done } = await pieces.next();
      if (done) break;
      begun = (begun + value).trimStart();
      if (begun.length < LONGEST_FIELD) continue;
      if (EVENTS_BEGIN.test(begun)) return yield* readEvents(begun, pieces);
      break;
    }
    let text = begun;
    for await (const piece of pieces) text += piece;
    yield* readDocument(text);
  } finally {
    await pieces.return();
  }
}

async function* readEvents(begun: string, pieces: AsyncIterable<string>): AsyncGenerator<ReplyEvent, void> {
  let lines: string[] = [];
  let isError = false;
  const valueOf = (text: string): ReplyEvent[] => {
    const value = parsed(text);
    return value === undefined ? [] : [{ data: isError ? asError(value) : value }];
  };
  for await (const line of readLines(begun, pieces)) {
    const [, field = '', said = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (line === '') {
      if (lines.length > 0) {
        const [event] = valueOf(lines.join('\n'));
        if (!event) throw malformedReply();
        yield event;
      }
      lines = [];
      isError = false;
    } else if (field === 'event') isError = said.trim() === 'error';
    else if (field === 'data' && said.trim() === '[DONE]') {
      yield 'done';
      return;
    } else if (field === 'data' && said.trim() !== '') {
      // Some servers do not part their events by an empty line.
      const [whole] = lines.length === 0 ? valueOf(said) : [];
      if (whole) yield whole;
      else lines.push(said);
    }
  }
  if (lines.length > 0) throw malformedReply();
}

async function* readLines(begun: string, pieces: AsyncIterable<string>): AsyncIterable<string> {
  let open: string[] = [];
  const cut = function* (piece: string): Iterable<string> {
    open.push(piece);
    if (!/[\r\n]/.test(piece)) return;
    const text = open.join('');
    // A line feed may follow it.
    const isOpen = text.endsWith('\r');
    const lines = (isOpen ? text.slice(0, -1) : text).split(LINE_END);
    open = [lines.pop()! + (isOpen ? '\r' : '')];
    yield* lines;
  };
  yield* cut(begun);
  for await (const piece of pieces) yield* cut(piece);
  yield* open.join('').split(LINE_END);
}

function* readDocument(text: string): Generator<ReplyEvent, void> {
  const document = parsed(text);
  const values = document === undefined ? text.trim().split(LINE_END).map(parsed) : [document];
  for (const data of values) {
    if (data === undefined) throw malformedReply();
    yield { data };
  }
  if (document !== undefined) yield 'done';
}

function asError(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'error' in value ? value : { error: value };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
