import { shippedModel } from '../../embedders/static/open-static-model.ts';
import { normaliseText, type NormalisedText } from './normalise-text.ts';
import { tokenise, type Tokens } from './tokens.ts';

/** A text on its way through the guardrails: normalised and cut into words once, and embedded at most once, for all of them. */
export type GuardedText = NormalisedText & {
  readonly tokens: Tokens;
  /** By the shipped static model: a unit vector of 256 numbers. */
  readonly embedding: Float32Array;
};

/** Prepares a text; nothing is computed before a guardrail asks for it. */
export function guardText(original: string): GuardedText {
  const normalised = normaliseText(original);
  let tokens: Tokens | undefined;
  let embedding: Float32Array | undefined;
  return {
    ...normalised,
    get tokens() {
      return (tokens ??= tokenise(normalised.text));
    },
    get embedding() {
      return (embedding ??= shippedModel().encode(this.tokens.folded));
    },
  };
}
