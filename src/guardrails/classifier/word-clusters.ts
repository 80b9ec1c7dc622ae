import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/package-root.ts';
import { readSafetensors } from '../../embedders/static/safetensors.ts';
import { shippedModel } from '../../embedders/static/open-static-model.ts';

/** Words of like meaning share a cluster, and neighbouring clusters a group. */
export type WordPlace = { cluster: number; group: number };

/** Unit vectors: `groups` rows, then for each group its `clusters` rows. */
export type ClusterTree = { groups: number; clusters: number; centres: Float32Array };

const FILE = join(packageRoot, 'models', 'guardrails', 'word-clusters.safetensors');

let tree: ClusterTree | undefined;

/** Where a word's vector of the shipped static model falls in the tree of `models/guardrails/word-clusters.safetensors`. */
export function placeWord(word: string): WordPlace {
  return placeVector((tree ??= readTree()), shippedModel().encode([word]));
}

/** The nearest group, and the nearest of its clusters, by cosine. */
export function placeVector({ groups, clusters, centres }: ClusterTree, vector: Float32Array): WordPlace {
  const group = nearest(centres, 0, groups, vector);
  const first = groups + group * clusters;
  return { group, cluster: group * clusters + nearest(centres, first, clusters, vector) };
}

function nearest(centres: Float32Array, first: number, count: number, vector: Float32Array): number {
  let best = 0;
  let bestCosine = -Infinity;
  for (let row = 0; row < count; row++) {
    const from = (first + row) * vector.length;
    let cosine = 0;
    for (let place = 0; place < vector.length; place++) cosine += centres[from + place]! * vector[place]!;
    if (cosine > bestCosine) {
      best = row;
      bestCosine = cosine;
    }
  }
  return best;
}

function readTree(): ClusterTree {
  const { centres, shape } = readSafetensors(readFileSync(FILE));
  const [groups, clusters] = Array.from(shape!.bytes);
  const values = Float32Array.from(
    new Int8Array(Uint8Array.from(centres!.bytes).buffer),
    (value) => value / 127,
  );
  return { groups: groups!, clusters: clusters!, centres: values };
}
