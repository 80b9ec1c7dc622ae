import type { StaticModel } from './static-model.ts';
import { createTokenizer, UNKNOWN_ROW } from './tokenizer.ts';

/** The unit vector of one text, given as `splitWords` cuts it; that of the unknown token for a text without any, or whose tokens cancel out. */
export type Encoder = (words: readonly string[]) => Float32Array;

/** Makes the encoder of a model: it adds up the vectors of a text's tokens, each as often as it occurs. */
export function createEncoder({ vocabulary, dimensions, embeddings, scales }: StaticModel): Encoder {
  const tokenize = createTokenizer(vocabulary);
  // Twice as long as it must be, and faster: V8 adds in this type.
  const sum = new Float64Array(dimensions);
  const add = (row: number) => {
    const scale = scales[row]!;
    const from = row * dimensions;
    for (let place = 0; place < dimensions; place++) sum[place]! += scale * embeddings[from + place]!;
  };
  return (words) => {
    sum.fill(0);
    for (const row of tokenize(words)) add(row);
    if (lengthOf(sum) === 0) add(UNKNOWN_ROW);
    const length = lengthOf(sum);
    return new Float32Array(sum.map((value) => value / length));
  };
}

function lengthOf(vector: Float64Array): number {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.sqrt(squares);
}
