import { AppError } from '../errors/app-error.ts';

/** How much structure a JSON text may have. Counted in its bytes, before anything is made of them. */
export type JsonBounds = {
  bytes: number;
  /** Objects and arrays within each other. */
  depth: number;
  keys: number;
  /** Members and elements of everything together. */
  values: number;
  /** Strings under the key `text` are content, not structure: they cost none of `bytes`, and each after the first adds to the bounds. */
  texts?: { most: number; bytesEach: number; keysEach: number; valuesEach: number };
};

const KIB = 1024;
export const JSON_BOUNDS: JsonBounds = { bytes: 256 * KIB, depth: 20, keys: 1_000, values: 10_000 };
/** For `/admin/documents`, which takes a thousand of them at once. */
export const DOCUMENTS_JSON_BOUNDS: JsonBounds = {
  ...JSON_BOUNDS,
  texts: { most: 1_000, bytesEach: 4 * KIB, keysEach: 16, valuesEach: 40 },
};
/** For routes that know nobody. */
export const OPEN_JSON_BOUNDS: JsonBounds = { bytes: 16 * KIB, depth: 4, keys: 50, values: 50 };

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const TEXT = Buffer.from('"text"');

/**
 * Reads a JSON text once, whether it is valid or not.
 *
 * @throws AppError `too_large` or `invalid_request` where it has more than the bounds allow
 */
export function boundJson(json: Buffer, { bytes, depth, keys, values, texts }: JsonBounds): void {
  let open = 0;
  let keyCount = 0;
  let valueCount = 0;
  let textCount = 0;
  let textBytes = 0;
  let isText = false;
  let [stringStart, stringEnd] = [0, 0];
  const more = () => Math.max(0, Math.min(textCount, texts?.most ?? 0) - 1);
  const fewer = texts ? ': send fewer documents at once' : '';
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) {
      stringStart = at;
      for (at++; at < json.length && json[at] !== QUOTE; at++) if (json[at] === BACKSLASH) at++;
      stringEnd = at + 1;
      if (isText) {
        textCount++;
        textBytes += stringEnd - stringStart;
      }
      isText = false;
    } else if (byte === COLON) {
      const most = keys + more() * (texts?.keysEach ?? 0);
      if (++keyCount > most) throw refusal(`The JSON has more than ${most} keys${fewer}.`);
      isText = texts !== undefined && TEXT.equals(json.subarray(stringStart, stringEnd));
    } else if (byte === COMMA) {
      const most = values + more() * (texts?.valuesEach ?? 0);
      if (++valueCount >= most) throw refusal(`The JSON has more than ${most} values${fewer}.`);
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      isText = false;
      if (++open > depth) throw refusal(`The JSON is nested deeper than ${depth} levels.`);
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) open--;
  }
  const most = bytes + more() * (texts?.bytesEach ?? 0);
  if (json.length - textBytes > most)
    throw new AppError(
      'too_large',
      `The JSON is larger than ${most} bytes${texts ? ' beside its texts' : ''}${fewer}.`,
    );
}

function refusal(detail: string): AppError {
  return new AppError('invalid_request', detail);
}

/**
 * The value of a JSON text within bounds.
 *
 * @throws AppError as `boundJson`, and `invalid_request` where it is no JSON
 */
export function parseBoundedJson(json: Buffer, bounds: JsonBounds): unknown {
  boundJson(json, bounds);
  try {
    // Without the byte order mark that some programs put before it.
    return JSON.parse(new TextDecoder().decode(json));
  } catch (cause) {
    throw new AppError('invalid_request', 'The body is not valid JSON.', { cause });
  }
}
