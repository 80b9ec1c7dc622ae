// Makes models/guardrails/word-clusters.safetensors: spherical k-means (Dhillon & Modha 2001) on the vectors of the whole
// words of the static model's vocabulary, in two levels. `node training/guardrails/classifier/cluster-words.ts`; a minute.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/config/package-root.ts';
import { shippedModel } from '../../../src/embedders/static/open-static-model.ts';
import { placeVector } from '../../../src/guardrails/classifier/word-clusters.ts';
import { seededRandom } from '../../../bench/random.ts';
import { safetensors } from './safetensors.ts';

const GROUPS = 24;
const CLUSTERS = 24;
const ROUNDS = 12;

const models = join(packageRoot, 'models');
const words = readFileSync(join(models, 'static', 'vocabulary.txt'), 'utf8').split('\n');
const { encode, dimensions } = shippedModel();
const vectors = words.filter((word) => /^[\p{L}\p{N}]+$/u.test(word)).map((word) => encode([word]));
const random = seededRandom(1);

const groups = kMeans(vectors, GROUPS);
const tree = {
  groups: GROUPS,
  clusters: 0,
  centres: Float32Array.from(groups.flatMap((centre) => [...centre])),
};
const members = groups.map((_, group) =>
  vectors.filter((vector) => placeVector({ ...tree, clusters: 0 }, vector).group === group),
);
const centres = [...groups, ...members.flatMap((some) => kMeans(some, CLUSTERS))];
const rounded = Int8Array.from(
  centres.flatMap((centre) => Array.from(centre, (value) => Math.round(value * 127))),
);
const file = safetensors({ centres: rounded, shape: Int8Array.of(GROUPS, CLUSTERS) });
writeFileSync(join(models, 'guardrails', 'word-clusters.safetensors'), file);

function kMeans(some: readonly Float32Array[], count: number): Float32Array[] {
  let found = Array.from({ length: count }, () => random.pick(some));
  for (let round = 0; round < ROUNDS; round++) {
    const flat = {
      groups: count,
      clusters: 0,
      centres: Float32Array.from(found.flatMap((centre) => [...centre])),
    };
    const sums = found.map(() => new Float64Array(dimensions));
    for (const vector of some) {
      const sum = sums[placeVector(flat, vector).group]!;
      vector.forEach((value, place) => (sum[place]! += value));
    }
    found = sums.map((sum, at) => {
      const length = Math.hypot(...sum);
      return length === 0 ? found[at]! : Float32Array.from(sum, (value) => value / length);
    });
  }
  return found;
}
