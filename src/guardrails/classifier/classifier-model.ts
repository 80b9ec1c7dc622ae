import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SettingsError } from '../../config/load.ts';
import { packageRoot } from '../../config/package-root.ts';
import { readSafetensors, type Tensor } from '../../embedders/static/safetensors.ts';
import { BUCKETS } from './text-features.ts';

/** The weights of a classifier. Each array has its rows one after the other; `hidden` units read the embedding. */
export type ClassifierModel = {
  labels: readonly string[];
  hidden: number;
  /** A row for each bucket, a number for each label, times `sparseScales`. */
  sparse: Int8Array;
  sparseScales: Float32Array;
  /** A row for each hidden unit: a bias, then a weight for each dimension. */
  inner: Float32Array;
  /** A row for each label: a bias, then a weight for each hidden unit. */
  outer: Float32Array;
  /** A row for each label: Platt's slope and offset (1999), which make a logit that of a probability. */
  calibration: Float32Array;
};

const headerSchema = z.object({
  labels: z.array(z.string()).min(1),
  hidden: z.number().int(),
  sha256: z.string(),
});

/**
 * Reads `models/guardrails/NAME.json` and `NAME.safetensors`.
 *
 * @throws SettingsError where one is missing, or the weights are not those that the JSON's checksum names
 */
export function readClassifierModel(name: string): ClassifierModel {
  const path = (extension: string) => join(packageRoot, 'models', 'guardrails', `${name}.${extension}`);
  try {
    const { labels, hidden, sha256 } = headerSchema.parse(JSON.parse(readFileSync(path('json'), 'utf8')));
    const weights = readFileSync(path('safetensors'));
    if (createHash('sha256').update(weights).digest('hex') !== sha256)
      throw new Error('The checksum is another.');
    const tensors = readSafetensors(weights);
    const floats = (tensor: string) => new Float32Array(copied(tensors[tensor]).buffer);
    const sparse = new Int8Array(copied(tensors.sparse).buffer);
    if (sparse.length !== BUCKETS * labels.length) throw new Error('The features are others.');
    return {
      labels,
      hidden,
      sparse,
      sparseScales: floats('sparseScales'),
      inner: floats('inner'),
      outer: floats('outer'),
      calibration: floats('calibration'),
    };
  } catch (cause) {
    throw new SettingsError(`The classifier models/guardrails/${name} is missing or damaged.`, { cause });
  }
}

/** In the file a tensor need not stand at a multiple of four. */
function copied(tensor: Tensor | undefined): Uint8Array {
  if (!tensor) throw new Error('A tensor is missing.');
  return Uint8Array.from(tensor.bytes);
}
