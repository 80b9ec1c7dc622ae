import { z } from 'zod';

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.number().int().min(0)),
    data_offsets: z.tuple([z.number().int().min(0), z.number().int().min(0)]),
  }),
);

export type Tensor = { dtype: string; shape: number[]; bytes: Buffer };

/**
 * Reads a safetensors file: the header's length (8 bytes, little-endian), the header as JSON, the data. The tensors'
 * bytes are views of `file`.
 *
 * @throws Error where it is not such a file
 */
export function readSafetensors(file: Buffer): Record<string, Tensor> {
  const start = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__, ...header } = JSON.parse(file.toString('utf8', 8, start)) as Record<string, unknown>;
  const tensors = Object.entries(headerSchema.parse(header));
  return Object.fromEntries(
    tensors.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => [name, { dtype, shape, bytes: file.subarray(start + from, start + to) }],
    ),
  );
}
