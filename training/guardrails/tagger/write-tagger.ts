import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/config/package-root.ts';
import { ROW_BITS } from '../../../src/guardrails/pii/tagger/features.ts';
import { createLexicon, hashWord } from '../../../src/guardrails/pii/tagger/lexicon.ts';
import { createTransitions } from '../../../src/guardrails/pii/tagger/transitions.ts';
import { STEPS, type TaggerModel } from '../../../src/guardrails/pii/tagger/tagger-model.ts';
import { safetensors } from '../classifier/safetensors.ts';
import type { CrfWeights } from './fit-crf.ts';

export type TaggerTensors = {
  hashes: Int32Array;
  entries: Uint16Array;
  rows: Uint32Array;
  transitions: Float64Array;
};

/** Weights in whole steps, words as hashes in order. */
export function packTagger(entries: Map<string, number>, weights: CrfWeights): TaggerTensors {
  const byHash = new Map([...entries].map(([word, entry]) => [hashWord(word), entry]));
  const hashes = Int32Array.from([...byHash.keys()].sort((a, b) => a - b));
  const rows = new Uint32Array(2 ** ROW_BITS);
  for (let row = 0; row < rows.length; row++)
    rows[row] = [0, 1, 2, 3].reduce((packed, tag) => packed | ((Math.round(weights.rows[row * 4 + tag]! * STEPS) + 128) << (8 * tag)), 0); // prettier-ignore
  return { hashes, entries: Uint16Array.from(hashes, (hash) => byHash.get(hash)!), rows, transitions: weights.transitions }; // prettier-ignore
}

export function openTensors(tensors: TaggerTensors, calibration: TaggerModel['calibration']): TaggerModel {
  return { lexicon: createLexicon(tensors.hashes, tensors.entries), rows: tensors.rows, transitions: createTransitions(tensors.transitions), calibration }; // prettier-ignore
}

/** Writes `models/guardrails/tagger.safetensors`, as `loadTagger` reads it. */
export function writeTagger(tensors: TaggerTensors, { slope, intercept }: TaggerModel['calibration']): void {
  const columns = { ...tensors, calibration: Float64Array.of(slope, intercept) };
  const bytes = Object.entries(columns).map(([name, { buffer }]) => [name, new Int8Array(buffer)] as const);
  writeFileSync(join(packageRoot, 'models', 'guardrails', 'tagger.safetensors'), safetensors(Object.fromEntries(bytes)));
} // prettier-ignore
