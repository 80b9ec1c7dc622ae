type Values = Int8Array | Float32Array;

/** The bytes of a safetensors file: the header's length, the header, and the tensors one after the other. */
export function safetensors(tensors: Record<string, Values>): Buffer {
  let end = 0;
  const header: Record<string, object> = {};
  for (const [name, values] of Object.entries(tensors)) {
    const dtype = values instanceof Int8Array ? 'I8' : 'F32';
    header[name] = { dtype, shape: [values.length], data_offsets: [end, (end += values.byteLength)] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  const parts = Object.values(tensors).map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  return Buffer.concat([size, text, ...parts]);
}
