import { MASKED, redacted } from '../pii/placeholders.ts';
import { replaceEntities } from '../pii/replace-entities.ts';
import type { PiiEntity, PiiType } from '../verdict.ts';
import { isSpace } from './is-space.ts';
import { OutputBlocked } from './output-blocked.ts';
import type { Stage } from './stage.ts';

/** What a scanner may look at, in UTF-16 code units: beyond these bounds no text changes a finding. */
export type Locality = {
  /** Before a finding. */
  left: number;
  /** Behind it. */
  right: number;
  /** The longest finding. */
  longest: number;
};

export type PiiStageOptions = {
  /** Findings in order, none overlapping. */
  scan: (text: string) => readonly PiiEntity[];
  action: 'redact' | 'block';
  locality: Locality;
  /** The first place that text yet to come might make part of a finding; 0 leaves it to the locality. */
  openFrom: (text: string) => number;
  /** Of values that may go out. */
  isExempt: (entity: PiiEntity) => boolean;
  /** Of placeholders that stand for a value: they are passed on whatever the scanner takes them for. */
  isPlaceholder: (placeholder: string) => boolean;
  onRedacted: (type: PiiType) => void;
};

/** Text is looked at where a word ends, but not after each of many short ones, and at the latest after so many code units. */
const SHORTEST_STEP = 12;
const LONGEST_STEP = 32;
/** A scan that could set free less than this waits. */
const SMALLEST_GAIN = 12;
/** A long piece is taken in parts, which keeps what is held short. */
const LONGEST_PART = 1024;
const VISIBLE = /[\p{L}\p{N}]/u;

/**
 * Redacts personal data, or stops at it. It scans a window around what it holds at places that the text alone determines,
 * so that what comes out never depends on the pieces; for a scanner that keeps to its locality and an `openFrom` that
 * always gives 0 it is the text as it would be redacted as a whole. The cost of a piece does not grow with the text.
 *
 * @throws OutputBlocked `pii` with the type
 */
export function createPiiStage(options: PiiStageOptions): Stage {
  const { locality } = options;
  /** What has gone out and still is context, then what is held. */
  let window = '';
  let done = 0;
  let read = 0;
  let scanned = 0;

  const settle = (end: number, isLast: boolean): string => {
    const text = window.slice(0, end);
    const settledByLocality = end - locality.longest - locality.right;
    let open = isLast ? end : wholeCharacters(text, Math.max(options.openFrom(text), settledByLocality));
    if (!isLast && open - done < SMALLEST_GAIN) return '';
    const entities = options.scan(text).filter((entity) => entity.end > done);
    const cut = entities.find((entity) => entity.start < open && entity.end > open);
    if (cut) open = cut.start < settledByLocality ? cut.end : Math.max(cut.start, done);
    if (open <= done) return '';
    const found = entities
      .filter((entity) => entity.start < open && !options.isExempt(entity))
      .flatMap((entity) => withoutPlaceholders(entity, text));
    const ready = replaceEntities(text.slice(done, open), found, ({ type }) => {
      if (options.action === 'block') throw new OutputBlocked('pii', type);
      options.onRedacted(type);
      return redacted(type);
    });
    const surplus = Math.max(0, open - locality.left);
    window = window.slice(surplus);
    done = open - surplus;
    read -= surplus;
    scanned -= surplus;
    return ready;
  };

  /** The parts of a finding that are still held and stand in no placeholder, counted from `done`. */
  const withoutPlaceholders = (entity: PiiEntity, text: string): PiiEntity[] => {
    const parts: PiiEntity[] = [];
    let start = Math.max(entity.start, done);
    const add = (end: number) => {
      const value = text.slice(start, end);
      if (value === entity.value || VISIBLE.test(value))
        parts.push({ ...entity, value, start: start - done, end: end - done });
    };
    for (const { 0: placeholder, index } of text.matchAll(MASKED)) {
      const next = index + placeholder.length;
      if (next <= start || index >= entity.end || !options.isPlaceholder(placeholder)) continue;
      add(index);
      start = next;
    }
    add(entity.end);
    return parts;
  };

  const take = (part: string): string => {
    let ready = '';
    window += part;
    while (read < window.length) {
      const isWordEnd = isSpace(window.charCodeAt(read));
      read++;
      if (read - scanned < (isWordEnd ? SHORTEST_STEP : LONGEST_STEP)) continue;
      scanned = read;
      ready += settle(read, false);
    }
    return ready;
  };

  return {
    push: (piece) => {
      let ready = '';
      for (let at = 0; at < piece.length; at += LONGEST_PART)
        ready += take(piece.slice(at, at + LONGEST_PART));
      return ready;
    },
    end: () => {
      const rest = settle(window.length, true);
      window = '';
      return rest;
    },
  };
}

function wholeCharacters(text: string, end: number): number {
  return end > 0 && /[\ud800-\udbff]/.test(text[end - 1]!) ? end - 1 : end;
}
