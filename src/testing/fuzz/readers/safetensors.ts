import { rawTensorBytes, type RawTensor } from '../../../formats/dtypes';
import { bytesSource } from '../../../formats/byteSource';
import { openSafetensors, parseSafetensors, toFloat32 } from '../../../formats/safetensors/read';
import { writeSafetensors, type NamedTensor } from '../../../formats/safetensors/write';
import { breakBytes, breakStart } from '../breakBytes';
import { breakJson } from '../breakJson';
import type { FuzzReader } from '../reader';

const FLOATS = new Set(['F32', 'F16', 'BF16', 'F64']);
const LENGTH_BYTES = 8;

const tensors: readonly NamedTensor[] = [
  { name: 'a.weight', dtype: 'F32', shape: [2, 3], bytes: new Uint8Array(24).fill(63) },
  { name: 'höhe', dtype: 'BF16', shape: [4], bytes: new Uint8Array(8).fill(1) },
  { name: 'codes', dtype: 'U8', shape: [5], bytes: new Uint8Array(5).fill(7) },
  { name: 'empty', dtype: 'F16', shape: [0, 3], bytes: new Uint8Array(0) },
  { name: 'double', dtype: 'F64', shape: [1, 2], bytes: new Uint8Array(16).fill(64) },
  { name: 'scalar', dtype: 'I64', shape: [], bytes: new Uint8Array(8) },
];

/** Returns the file with a changed header, of any length, before the same data. */
export function withHeader(file: Uint8Array, change: (header: Uint8Array) => Uint8Array): Uint8Array {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = change(file.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  const changed = new Uint8Array(LENGTH_BYTES + header.length + file.length - LENGTH_BYTES - length);
  new DataView(changed.buffer).setBigUint64(0, BigInt(header.length), true);
  changed.set(header, LENGTH_BYTES);
  changed.set(file.subarray(LENGTH_BYTES + length), LENGTH_BYTES + header.length);
  return changed;
}

/** Checks that reading by range gives the same tensors as reading the whole file. */
async function checkParts(bytes: Uint8Array, tensors: ReadonlyMap<string, RawTensor>): Promise<void> {
  const opened = await openSafetensors(bytesSource(bytes));
  if (opened.size !== tensors.size) throw new Error('reading by range gives other tensors');
  for (const [name, { byteLength }] of opened)
    if (byteLength !== tensors.get(name)?.bytes.length)
      throw new Error(`${name} has another size when it is read by range`);
}

async function check(bytes: Uint8Array): Promise<void> {
  const file = parseSafetensors(bytes);
  let total = file.headerBytes;
  for (const tensor of file.tensors.values()) {
    if (tensor.bytes.length !== rawTensorBytes(tensor.dtype, tensor.shape))
      throw new Error('a tensor has the wrong size');
    total += tensor.bytes.length;
    if (FLOATS.has(tensor.dtype)) toFloat32(tensor);
  }
  if (total !== bytes.length) throw new Error(`only ${total} of ${bytes.length} bytes are used`);
  if (!Object.values(file.metadata).every((text) => typeof text === 'string'))
    throw new Error('a metadata value is not a string');
  await checkParts(bytes, file.tensors);
}

/** The reader of safetensors. */
const safetensors: FuzzReader = {
  name: 'safetensors',
  reads: 'safetensors, as a whole and by range, with the values as float32',
  cases: 15_000,
  memory: { factor: 4 },
  prepare: async () => {
    const seeds = [
      writeSafetensors(tensors, { format: 'pt', 'a key': 'a "text" with: colons' }),
      writeSafetensors(tensors.slice(0, 2), {}),
      writeSafetensors([], {}),
    ];
    return {
      seeds,
      read: check,
      broken(below) {
        const file = seeds[below(seeds.length)];
        const how = below(3);
        if (how === 0) return breakBytes(file, below);
        if (how === 1) return breakStart(file, Math.min(file.length, 300), below);
        return withHeader(file, (header) => breakJson(header, below));
      },
    };
  },
};
export default safetensors;
