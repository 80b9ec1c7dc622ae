/** What is logged, with its fields. */
export type LogEntry = Record<string, unknown> & { level: string; message: unknown; timestamp?: unknown };

const MOST_FRAMES = 8;

/**
 * What a terminal or a log viewer may take for more than a character: control characters (line breaks and the beginnings of
 * ANSI escapes among them), the separators of lines and paragraphs, what turns the direction of writing, and the byte order mark.
 */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** The same text with every such character written out as `\uXXXX`: one line remains one line. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** One line of JSON, whatever the fields hold. */
export function jsonLine({ timestamp, level, message, ...fields }: LogEntry): string {
  return jsonOf({ timestamp, level, message, ...fields });
}

/** One line for people: when, how bad, what, and the fields as JSON. */
export function readableLine({ timestamp, level, message, ...fields }: LogEntry): string {
  const rest = Object.keys(fields).length > 0 ? ` ${jsonOf(fields)}` : '';
  return printable(`${String(timestamp)} ${level} ${String(message)}`) + rest;
}

/** JSON has strings alone in which such a character can stand, and there it may be written out. */
function jsonOf(fields: Record<string, unknown>): string {
  try {
    return printable(JSON.stringify(fields, plain));
  } catch {
    const simple = Object.entries(fields).filter(([, value]) => typeof value !== 'object' || value === null);
    return printable(JSON.stringify({ ...Object.fromEntries(simple), unserializable: true }, plain));
  }
}

function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Error ? describeError(value) : value;
}

/** Errors are logged by name, code and stack: a driver's message may quote a value, so the first line is left out. */
function describeError(error: Error): Record<string, unknown> {
  const cause = error.cause instanceof Error ? error.cause : error;
  return {
    name: error.name,
    code: (error as { code?: unknown }).code,
    causeName: cause.name,
    causeCode: (cause as { code?: unknown }).code,
    stack: framesOf(cause).slice(0, MOST_FRAMES),
  };
}

/** A message may have lines of its own, which may look like frames: it is taken away before the lines are told apart. */
function framesOf({ stack = '', message }: Error): string[] {
  return stack
    .replace(message, '')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '));
}
