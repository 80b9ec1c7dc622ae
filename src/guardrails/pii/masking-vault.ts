import type { PiiType } from '../verdict.ts';
import { MASKED, masked } from './placeholders.ts';

/** Who brought a value: the caller may have it back, of a document's the output policy decides. */
export type Origin = 'caller' | 'document';

export type MaskedValue = { type: PiiType; value: string; origin: Origin };

/** What one request's placeholders stand for. It lives as long as the request, and is written nowhere. */
export type MaskingVault = {
  /** The placeholder of a value: for the same value always the same one. */
  placeholder(type: PiiType, value: string, origin: Origin): string;
  lookup(placeholder: string): MaskedValue | undefined;
  /** Notes what the caller wrote: what it holds he has sent, whether it was recognised in it or not. */
  hear(text: string): void;
  /** Whether the caller sent this value, in whatever case. */
  isCallers(value: string): boolean;
  /** Keeps placeholders that somebody typed from being given out. */
  reserve(text: string): void;
};

export function createMaskingVault(): MaskingVault {
  const values = new Map<string, MaskedValue>();
  const placeholders = new Map<string, string>();
  const callers = new Map<string, string>();
  let said = '';
  const taken = new Set<string>();
  const numbers = new Map<PiiType, number>();

  const next = (type: PiiType): string => {
    for (let number = (numbers.get(type) ?? 0) + 1; ; number++) {
      const placeholder = masked(type, number);
      if (taken.has(placeholder)) continue;
      numbers.set(type, number);
      return placeholder;
    }
  };

  return {
    placeholder: (type, value, origin) => {
      const key = `${type} ${value}`;
      const caseless = key.toLowerCase();
      if (origin === 'caller') said += `\n${value.toLowerCase()}`;
      // A document may write the caller's value otherwise: the model must see that it is the same.
      const known = placeholders.get(key) ?? (origin === 'document' ? callers.get(caseless) : undefined);
      if (known !== undefined) {
        const entry = values.get(known)!;
        if (origin === 'caller' && entry.origin === 'document') values.set(known, { ...entry, origin });
        if (origin === 'caller') callers.set(caseless, known);
        return known;
      }
      const placeholder = next(type);
      values.set(placeholder, { type, value, origin });
      placeholders.set(key, placeholder);
      if (origin === 'caller' && !callers.has(caseless)) callers.set(caseless, placeholder);
      return placeholder;
    },
    lookup: (placeholder) => values.get(placeholder),
    hear: (text) => {
      said += `\n${text.toLowerCase()}`;
    },
    isCallers: (value) => holdsWhole(said, value.toLowerCase()),
    reserve: (text) => {
      for (const [placeholder] of text.matchAll(MASKED)) taken.add(placeholder);
    },
  };
}

const PART_OF_WORD = /[\p{L}\p{N}]/u;

/** Whether a text holds a value, and not merely as a part of a longer word or number. */
function holdsWhole(text: string, value: string): boolean {
  if (value === '') return false;
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1))
    if (!PART_OF_WORD.test(text[at - 1] ?? '') && !PART_OF_WORD.test(text[at + value.length] ?? ''))
      return true;
  return false;
}
