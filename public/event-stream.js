/**
 * Reads server-sent events from text that comes in pieces, cut anywhere: in a word, between CR and LF.
 * `push` gives the events that a piece completes. An event without its blank line is never given, as the
 * standard has it: its sender went away in the middle.
 */
export function createEventParser() {
  let rest = '';
  let event = '';
  let data = [];

  const takeLine = (line) => {
    if (line === '') {
      const complete = data.length > 0 ? { event: event || 'message', data: data.join('\n') } : undefined;
      event = '';
      data = [];
      return complete;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    return undefined;
  };

  return {
    push(text) {
      rest += text;
      const events = [];
      const lineEnd = /\r\n|\n|\r(?!$)/g;
      let start = 0;
      for (let end = lineEnd.exec(rest); end; end = lineEnd.exec(rest)) {
        const complete = takeLine(rest.slice(start, end.index));
        if (complete) events.push(complete);
        start = lineEnd.lastIndex;
      }
      rest = rest.slice(start);
      return events;
    },
  };
}

/** The events of a response's body, as they come. */
export async function* eventsOf(body) {
  const parser = createEventParser();
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
