import { AppError } from '../../errors/app-error.ts';
import { decodeText } from '../decode-text.ts';
import type { ExtractedDocument } from '../document.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { createTextBuilder } from '../text-builder.ts';

const MAX_DEPTH = 100;

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * Reads JSON or JSON Lines. Every value becomes a line `path.to: value`; the values of one top-level element (a key, an
 * item or a line of JSON Lines) make a paragraph, and so does each object of a list right below a key.
 */
export async function parseJson(bytes: Uint8Array, limits: ParseLimits): Promise<ExtractedDocument> {
  const builder = createTextBuilder(limits);
  for (const { path, value } of topLevelElements(parseValues(decodeText(bytes)))) {
    builder.add('paragraph', [...leafLines(path, value, 0)]);
  }
  return builder.build('json');
}

function parseValues(text: string): Json {
  try {
    return parse(text);
  } catch (error) {
    // Too deep a nesting overflows the stack, and is no question of syntax.
    if (!(error instanceof SyntaxError)) throw error;
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length < 2) throw invalid();
    return lines.map((line, index) => {
      try {
        return parse(line);
      } catch {
        // One bad line of many is a bad line; when the first fails, the text is no JSON Lines at all.
        throw index === 0 ? invalid() : invalid(index + 1);
      }
    });
  }
}

/** Numbers are kept as they are written: a long id would otherwise lose its last digits. */
function parse(text: string): Json {
  return JSON.parse(text.replace(/^\ufeff/, ''), ((_key: string, value: Json, context: { source: string }) =>
    typeof value === 'number' ? context.source : value) as (key: string, value: unknown) => unknown) as Json;
}

function* topLevelElements(value: Json): Generator<{ path: string; value: Json }> {
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object' || item === null)) yield { path: '', value };
    else for (const item of value) yield { path: '', value: item };
    return;
  }
  if (typeof value !== 'object' || value === null) {
    yield { path: '', value };
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    const isListOfObjects =
      Array.isArray(child) && child.every((item) => typeof item === 'object' && item !== null);
    if (!isListOfObjects) yield { path: key, value: child };
    else yield* child.map((item, index) => ({ path: `${key}[${index}]`, value: item }));
  }
}

function* leafLines(path: string, value: Json, depth: number): Generator<string> {
  if (depth > MAX_DEPTH) {
    throw new AppError('unprocessable_document', `The JSON is nested more than ${MAX_DEPTH} levels deep.`);
  }
  if (Array.isArray(value)) {
    const isPlainList = depth === 0 && path === '';
    for (const [index, item] of value.entries()) {
      yield* leafLines(isPlainList ? '' : `${path}[${index}]`, item, depth + 1);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      yield* leafLines(path === '' ? key : `${path}.${key}`, child, depth + 1);
    }
  } else {
    yield path === '' ? String(value) : `${path}: ${value}`;
  }
}

function invalid(line?: number): AppError {
  const where = line === undefined ? '' : ` (line ${line})`;
  return new AppError('unprocessable_document', `The file is not valid JSON${where}.`);
}
