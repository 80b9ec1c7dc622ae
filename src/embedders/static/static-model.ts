import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError } from '../../config/load.ts';
import { readSafetensors } from './safetensors.ts';
import { UNKNOWN_ROW } from './tokenizer.ts';

/** A vector for each entry of a vocabulary: `scales[row]` times the row's part of `embeddings`. */
export type StaticModel = {
  /** Another for any other content. */
  version: string;
  dimensions: number;
  vocabulary: string[];
  embeddings: Int8Array;
  scales: Float32Array;
};

const EMBEDDINGS = 'embeddings.safetensors';
const VOCABULARY = 'vocabulary.txt';
const CHECKSUMS = 'checksums.txt';

/**
 * Reads a model's folder, and compares each file with its SHA-256 in `checksums.txt`.
 *
 * @throws SettingsError where a file is missing, is not what its checksum says, or does not fit the others
 */
export function loadStaticModel(folder: string): StaticModel {
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name));
    } catch (cause) {
      throw new SettingsError(`The embedding model in ${folder} lacks its ${name}.`, { cause });
    }
  };
  const [embeddings, vocabularyFile, checksums] = [read(EMBEDDINGS), read(VOCABULARY), read(CHECKSUMS)];
  const expected = new Set(checksums.toString().split('\n'));
  const checked = (name: string, content: Buffer) => {
    const sum = sha256(content);
    if (expected.has(`${sum}  ${name}`)) return sum;
    throw new SettingsError(
      `The embedding model in ${folder} is damaged: ${name} is not what its ${CHECKSUMS} says.`,
    );
  };
  const sums = checked(EMBEDDINGS, embeddings) + checked(VOCABULARY, vocabularyFile);
  const vocabulary = vocabularyFile.toString().replace(/\n$/, '').split('\n');
  return {
    version: sha256(sums).slice(0, 8),
    vocabulary,
    ...readVectors(folder, embeddings, vocabulary),
  };
}

function readVectors(folder: string, file: Buffer, vocabulary: string[]) {
  const { embeddings, scales } = readSafetensors(file);
  const [rows, dimensions] = embeddings?.shape ?? [];
  const fits =
    embeddings?.dtype === 'I8' &&
    scales?.dtype === 'F32' &&
    dimensions !== undefined &&
    rows === vocabulary.length &&
    vocabulary[UNKNOWN_ROW] === '[UNK]' &&
    // It stands in where a text has no token: its vector must have a direction.
    embeddings.bytes.subarray(0, dimensions).some((value) => value !== 0) &&
    embeddings.bytes.length === rows * dimensions &&
    scales.bytes.length === rows * Float32Array.BYTES_PER_ELEMENT;
  if (!fits)
    throw new SettingsError(`The embedding model in ${folder} has tensors that do not fit its vocabulary.`);
  // Copied: in the file it need not stand at a multiple of four.
  const factors = new Float32Array(Uint8Array.from(scales.bytes).buffer);
  if (factors[UNKNOWN_ROW] === 0 || !factors.every(Number.isFinite))
    throw new SettingsError(`The embedding model in ${folder} has scales that are not numbers above zero.`);
  const { buffer, byteOffset, length } = embeddings.bytes;
  return {
    dimensions,
    embeddings: new Int8Array(buffer, byteOffset, length),
    scales: factors,
  };
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
