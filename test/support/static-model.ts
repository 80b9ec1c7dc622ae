import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a model folder of random vectors for these vocabulary entries. */
export const writeStaticModel = (
  folder: string,
  vocabulary: string[],
  { dimensions = 16, scale = 0.01 } = {},
): void => {
  const rows = vocabulary.length;
  const embeddings = Int8Array.from(
    { length: rows * dimensions },
    (_, place) => ((place * 2_654_435_761) >>> 7) % 255,
  );
  const scales = Float32Array.from({ length: rows }, (_, row) => scale + row / 1000);
  const header = JSON.stringify({
    embeddings: { dtype: 'I8', shape: [rows, dimensions], data_offsets: [0, embeddings.length] },
    scales: {
      dtype: 'F32',
      shape: [rows],
      data_offsets: [embeddings.length, embeddings.length + scales.byteLength],
    },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const files = {
    'embeddings.safetensors': Buffer.concat([
      length,
      Buffer.from(header),
      Buffer.from(embeddings.buffer),
      Buffer.from(scales.buffer),
    ]),
    'vocabulary.txt': Buffer.from(vocabulary.map((entry) => `${entry}\n`).join('')),
  };
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const sums = Object.entries(files).map(
    ([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`,
  );
  writeFileSync(join(folder, 'checksums.txt'), sums.join(''));
};
