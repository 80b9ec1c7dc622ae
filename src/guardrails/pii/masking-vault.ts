import type { PiiType } from '../verdict.ts';
import { createCallersValues, type Value } from './callers-values.ts';
import { comparableForm } from './comparable-form.ts';
import { knownValues, NOTHING_KNOWN, type KnownValues } from './known-values.ts';
import { MASKED, masked } from './placeholders.ts';

/** Who brought a value: the caller may have it back, of a document's the output policy decides. */
export type Origin = 'caller' | 'document';

export type MaskedValue = Value & { origin: Origin };

/** What one request's placeholders stand for. It lives as long as the request, and is written nowhere. */
export type MaskingVault = {
  /** The placeholder of a value: for the same value always the same one. */
  placeholder(type: PiiType, value: string, origin: Origin): string;
  lookup(placeholder: string): MaskedValue | undefined;
  /** Notes what was recognised in what the caller wrote. */
  hear(entities: readonly Value[]): void;
  /** Whether this value was recognised, as of this type, in what the caller wrote, among few of the type; in whatever form. */
  isCallers(type: PiiType, value: string): boolean;
  /** Whether the caller wrote more values of a type than anybody has who does not guess. */
  hasTooMany(type: PiiType): boolean;
  /** Notes what was recognised in a document. */
  note(entities: readonly Value[]): void;
  /** What was recognised in documents so far. */
  known(): KnownValues;
  /** Keeps placeholders that somebody typed from being given out. */
  reserve(text: string): void;
};

export function createMaskingVault(): MaskingVault {
  const values = new Map<string, MaskedValue>();
  const placeholders = new Map<string, string>();
  const alike = new Map<string, string>();
  const callers = createCallersValues();
  const noted = new Map<string, Value>();
  let known: KnownValues | undefined;
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
  const note = ({ type, value }: Value) => {
    const key = `${type} ${value}`;
    if (noted.has(key)) return;
    noted.set(key, { type, value });
    known = undefined;
  };

  return {
    placeholder: (type, value, origin) => {
      if (origin === 'caller') callers.hear({ type, value });
      else note({ type, value });
      // Where the caller guesses, a model must not see which guess was right.
      const key = callers.hasTooMany(type) ? `${origin} ${type} ${value}` : `${type} ${value}`;
      const likeness = `${type} ${comparableForm(type, value)}`;
      // A document may write the caller's value otherwise: the model must see that it is the same.
      const isCallers = origin === 'document' && !callers.hasTooMany(type);
      const given = placeholders.get(key) ?? (isCallers ? alike.get(likeness) : undefined);
      const placeholder = given ?? next(type);
      const entry = values.get(placeholder);
      if (!entry || (origin === 'caller' && entry.origin === 'document'))
        values.set(placeholder, { type, value, origin });
      placeholders.set(key, placeholder);
      if (origin === 'caller' && !alike.has(likeness)) alike.set(likeness, placeholder);
      return placeholder;
    },
    lookup: (placeholder) => values.get(placeholder),
    hear: (entities) => entities.forEach((one) => callers.hear(one)),
    isCallers: (type, value) => callers.has({ type, value }),
    hasTooMany: (type) => callers.hasTooMany(type),
    note: (entities) => entities.forEach(note),
    known: () => (known ??= noted.size === 0 ? NOTHING_KNOWN : knownValues(noted.values())),
    reserve: (text) => {
      for (const [placeholder] of text.matchAll(MASKED)) taken.add(placeholder);
    },
  };
}
