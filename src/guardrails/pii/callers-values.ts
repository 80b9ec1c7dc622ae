import type { PiiType } from '../verdict.ts';
import { comparableForm } from './comparable-form.ts';

export type Value = { type: PiiType; value: string };

/**
 * So many values of a type are the caller's own. People ask about one or two, and compare a handful; a list is how somebody
 * guesses: each value that came back unredacted would be one that a document holds.
 */
const MOST_OF_A_TYPE = 5;
/** A name or an address that is longer counts as several: it may be a list itself. */
const WORDS_OF_ONE: Partial<Record<PiiType, number>> = { PERSON: 6, ADDRESS: 12 };

export type CallersValues = {
  hear(value: Value): void;
  has(value: Value): boolean;
  hasTooMany(type: PiiType): boolean;
};

/** What the caller sent, by type. Beyond a bound none of a type counts. */
export function createCallersValues(): CallersValues {
  const forms = new Map<PiiType, Set<string>>();
  const counts = new Map<PiiType, number>();
  const hasTooMany = (type: PiiType) => (counts.get(type) ?? 0) > MOST_OF_A_TYPE;
  return {
    hear: ({ type, value }) => {
      if (hasTooMany(type)) return;
      const form = comparableForm(type, value);
      const known = forms.get(type) ?? new Set();
      if (known.has(form)) return;
      forms.set(type, known.add(form));
      const words = WORDS_OF_ONE[type];
      const size = words === undefined ? 1 : Math.ceil(form.split(' ').length / words);
      counts.set(type, (counts.get(type) ?? 0) + size);
    },
    has: ({ type, value }) => {
      if (hasTooMany(type)) return false;
      const known = forms.get(type);
      if (!known) return false;
      const form = comparableForm(type, value);
      return known.has(form) || [...known].some((one) => isPart(type, form, one));
    },
    hasTooMany,
  };
}

/** A surname is a part of a name, which may be written in another order; a street is a part of an address. */
function isPart(type: PiiType, form: string, whole: string): boolean {
  if (form === '') return false;
  if (type === 'ADDRESS') return ` ${whole} `.includes(` ${form} `);
  if (type !== 'PERSON') return false;
  const words = new Set(whole.split(' '));
  return form.split(' ').every((word) => words.has(word));
}
