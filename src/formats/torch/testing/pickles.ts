/** Fragments of pickles as Python's pickler writes them in protocol 2. */

export const op = (...bytes: number[]) => Buffer.from(bytes);
export const text = (value: string) => {
  const bytes = Buffer.from(value);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  return Buffer.concat([op(0x58), size, bytes]);
};
export const int = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return Buffer.concat([op(0x4a), bytes]);
};
/** Returns an integer as LONG1 of eight bytes. */
export const long = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return Buffer.concat([op(0x8a, 8), bytes]);
};
export const tuple = (...items: Buffer[]) => Buffer.concat([op(0x28), ...items, op(0x74)]);
export const global = (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`);
const call = (callable: Buffer, ...args: Buffer[]) => Buffer.concat([callable, tuple(...args), op(0x52)]);
export const orderedDict = () => call(global('collections', 'OrderedDict'));
export const NONE = op(0x4e);
export const FALSE = op(0x89);

/** Returns a persistent id of the storage data/<key> in the archive. */
export const storage = (elements: number, key = '0', type = 'FloatStorage') =>
  Buffer.concat([
    tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(elements)),
    op(0x51),
  ]);

export interface TensorPickle {
  from?: Buffer;
  offset?: Buffer;
  shape: readonly Buffer[];
  strides: readonly Buffer[];
  more?: readonly Buffer[];
}

export const tensor = ({ from = storage(6), offset = int(0), shape, strides, more = [] }: TensorPickle) =>
  call(
    global('torch._utils', '_rebuild_tensor_v2'),
    from,
    offset,
    tuple(...shape),
    tuple(...strides),
    FALSE,
    orderedDict(),
    ...more,
  );

/** Returns a complete pickle of a value. */
export const pickle = (...value: Buffer[]) =>
  new Uint8Array(Buffer.concat([op(0x80, 2), ...value, op(0x2e)]));

/** Returns a complete pickle of a dict with string keys. */
export const dictPickle = (entries: Record<string, Buffer>) =>
  pickle(op(0x7d, 0x28), ...Object.entries(entries).flatMap(([key, value]) => [text(key), value]), op(0x75));
