import { AppError } from '../errors/app-error.ts';

/** The `reason` of an embedding that cannot be compared with any other. */
export const UNUSABLE_EMBEDDING = 'unusable_embedding';

/**
 * Values of a model as a unit vector. One that has no direction would be as near to every question as can be.
 *
 * @throws AppError `upstream_error` for one of another length, of zeros, or that is not finite
 */
export function unitVector(values: ArrayLike<number | null>, dimensions: number): Float32Array {
  if (values.length !== dimensions) throw unusable(`is ${values.length} long, and not ${dimensions}`);
  const vector = new Float64Array(dimensions);
  let largest = 0;
  for (let place = 0; place < dimensions; place += 1) {
    const value = values[place];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw unusable('holds what is no number');
    vector[place] = value;
    largest = Math.max(largest, Math.abs(value));
  }
  if (largest === 0) throw unusable('is all zeros');
  let squares = 0;
  // By the largest, whose square may be beyond any number, or below.
  for (let place = 0; place < dimensions; place += 1) squares += (vector[place]! / largest) ** 2;
  const length = Math.sqrt(squares);
  return Float32Array.from(vector, (value) => value / largest / length);
}

function unusable(what: string): AppError {
  return new AppError(
    'upstream_error',
    `The embedding model gave a vector that ${what}: with it the text would be found by every question, or none. Look at EMBEDDING_MODEL and EMBEDDING_DIMENSIONS.`,
    { reason: UNUSABLE_EMBEDDING },
  );
}
