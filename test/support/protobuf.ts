/** A protobuf message by its field numbers; each field may come any number of times. Enough for what is tested. */
export type Message = Map<number, (bigint | Uint8Array)[]>;

export const decodeMessage = (bytes: Uint8Array): Message => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const message: Message = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const fixed = (size: 4 | 8): bigint => {
    const value = size === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
    at += size;
    return value;
  };
  const piece = (): Uint8Array => {
    const length = Number(varint());
    if (at + length > bytes.length) throw new Error('a field is longer than its message');
    return bytes.subarray(at, (at += length));
  };
  const wireTypes: Record<number, () => bigint | Uint8Array> = {
    0: varint,
    1: () => fixed(8),
    2: piece,
    5: () => fixed(4),
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const read = wireTypes[tag & 7];
    if (!read) throw new Error(`no such wire type: ${tag & 7}`);
    const values = message.get(tag >> 3) ?? [];
    values.push(read());
    message.set(tag >> 3, values);
  }
  return message;
};

export const messages = (message: Message, field: number): Message[] =>
  (message.get(field) ?? []).map((bytes) => decodeMessage(bytes as Uint8Array));
export const numberOf = (message: Message, field: number): bigint =>
  (message.get(field)?.at(-1) ?? 0n) as bigint;
export const bytesOf = (message: Message, field: number): Uint8Array =>
  (message.get(field)?.at(-1) ?? new Uint8Array()) as Uint8Array;
export const textOf = (message: Message, field: number): string =>
  Buffer.from(bytesOf(message, field)).toString('utf8');
