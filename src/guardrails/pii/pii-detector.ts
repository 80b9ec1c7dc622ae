import { guardText, type GuardedText } from '../text/guarded-text.ts';
import { withoutMarkup } from '../text/without-markup.ts';
import { PII_TYPES, type PiiEntity, type PiiType } from '../verdict.ts';
import { allowedValues } from './allowed-values.ts';
import { covering, findEntities } from './find-entities.ts';
import { findSplit } from './find-split.ts';
import { NOTHING_KNOWN, type KnownValues } from './known-values.ts';
import { createMaskingVault, type MaskingVault, type Origin } from './masking-vault.ts';
import { MASKED, redacted } from './placeholders.ts';
import { replaceEntities } from './replace-entities.ts';

export type PiiDetectorOptions = {
  /** What `apply` does; `detect` changes nothing. */
  action?: 'detect' | 'redact' | 'mask' | 'block';
  /** The types that are looked for; all where absent. */
  types?: readonly PiiType[];
  /** Values that are no finding, with `*` for any text: `*@example.com`. */
  allowedValues?: readonly string[];
};

export type AppliedPii = {
  verdict: 'allow' | 'redact' | 'block';
  text: string;
  entities: PiiEntity[];
  vault: MaskingVault;
};

/** Finds personal data in a text, and takes it out: for good, or so that it can be put back. */
export class PiiDetector {
  readonly #action: NonNullable<PiiDetectorOptions['action']>;
  readonly #types: ReadonlySet<PiiType>;
  readonly #isAllowed: (value: string) => boolean;

  constructor({
    action = 'detect',
    types = PII_TYPES,
    allowedValues: allowed = [],
  }: PiiDetectorOptions = {}) {
    this.#action = action;
    this.#types = new Set(types);
    this.#isAllowed = allowedValues(allowed);
  }

  /** What is found, in order, without overlaps; values that are `known` also where nothing but that tells them. */
  scan(text: string | GuardedText, known: KnownValues = NOTHING_KNOWN): { entities: PiiEntity[] } {
    const guarded = typeof text === 'string' ? guardText(text) : text;
    const written = findEntities(guarded, this.#types).map((found) => ({
      ...found,
      ...guarded.toOriginal(found.start, found.end),
    }));
    const entities = covering(written, findSplit(guarded, this.#types, known)).map(
      ({ type, start, end, score }): PiiEntity => ({
        type,
        value: guarded.original.slice(start, end),
        start,
        end,
        score,
      }),
    );
    return { entities: entities.filter(({ value }) => !this.#passes(value)) };
  }

  #passes(value: string): boolean {
    return this.#isAllowed(value) || this.#isAllowed(withoutMarkup(value)?.text ?? value);
  }

  /** Does with a text what the detector was made for. A blocked one comes back empty; `vault` holds what was masked. */
  apply(text: string, vault: MaskingVault = createMaskingVault()): AppliedPii {
    const { entities } = this.scan(text);
    if (entities.length === 0 || this.#action === 'detect')
      return { verdict: 'allow', text, entities, vault };
    if (this.#action === 'block') return { verdict: 'block', text: '', entities, vault };
    vault.reserve(text);
    const without = replaceEntities(text, entities, ({ type, value }) =>
      this.#action === 'mask' ? vault.placeholder(type, value, 'caller') : redacted(type),
    );
    return { verdict: 'redact', text: without, entities, vault };
  }

  /** The text with `[EMAIL]` and the like in place of what was found. */
  redact(text: string): string {
    return replaceEntities(text, this.scan(text).entities, ({ type }) => redacted(type));
  }

  /** The text with numbered placeholders, `[EMAIL_1]`, which `vault` can put back. */
  mask(
    text: string,
    vault: MaskingVault = createMaskingVault(),
    origin: Origin = 'caller',
  ): { text: string; vault: MaskingVault } {
    vault.reserve(text);
    const masked = replaceEntities(text, this.scan(text).entities, ({ type, value }) =>
      vault.placeholder(type, value, origin),
    );
    return { text: masked, vault };
  }

  /** The values again in place of their placeholders; one that stands for nothing stays. */
  restore(text: string, vault: MaskingVault): string {
    return text.replace(MASKED, (placeholder) => vault.lookup(placeholder)?.value ?? placeholder);
  }
}
