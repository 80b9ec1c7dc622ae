import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../config/package-root.ts';
import { readSafetensors } from '../../../embedders/static/safetensors.ts';
import { createLexicon, type Lexicon } from './lexicon.ts';
import { createTransitions, type Transitions } from './transitions.ts';

/** Scores are sums of whole numbers: this many to one unit of log odds. */
export const STEPS = 32;

export type TaggerModel = {
  lexicon: Lexicon;
  /** Four bytes a feature row, one a tag but `OTHER`, each 128 more than the weight in steps. */
  rows: Uint32Array;
  transitions: Transitions;
  /** A span's log odds of being right: `slope` times those of its words, and `intercept`. */
  calibration: { slope: number; intercept: number };
};

let shipped: TaggerModel | undefined;

/** The model that comes with Sallyport, read once in a process. */
export function shippedTagger(): TaggerModel {
  return (shipped ??= loadTagger(join(packageRoot, 'models', 'guardrails', 'tagger.safetensors')));
}

/** @throws Error where the file is missing or is not such a model */
export function loadTagger(path: string): TaggerModel {
  const tensors = readSafetensors(readFileSync(path));
  const bytes = (name: string) => {
    const tensor = tensors[name];
    if (tensor === undefined) throw new Error(`The tagger's model lacks its ${name}.`);
    // Copied: in the file it need not stand at a multiple of four.
    return Uint8Array.from(tensor.bytes).buffer;
  };
  const [slope, intercept] = new Float64Array(bytes('calibration'));
  return {
    lexicon: createLexicon(new Int32Array(bytes('hashes')), new Uint16Array(bytes('entries'))),
    rows: new Uint32Array(bytes('rows')),
    transitions: createTransitions(new Float64Array(bytes('transitions'))),
    calibration: { slope: slope!, intercept: intercept! },
  };
}
