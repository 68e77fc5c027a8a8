import { invariant } from '../../base/errors';
import { dtypeRank, type RawTensor, rawTensorBytes, type TensorLayout } from '../dtypes';

/**
 * Writes safetensors as the reference writer does: tensors are ordered by element type (widest first), then by name, so
 * that each is aligned to its elements, and the header is padded with spaces to a multiple of 8. The same tensors in any
 * order give the same bytes.
 */

const LENGTH_BYTES = 8;

/** A tensor to write: its name, type, shape and bytes. */
export type NamedTensor = TensorLayout & Pick<RawTensor, 'bytes'>;

/**
 * Returns the bytes of a safetensors file.
 * @param tensors each with exactly the bytes that its type and shape need, little-endian
 * @param metadata written under `__metadata__`, sorted by key; left out when empty
 */
export function writeSafetensors(
  tensors: Iterable<NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { head, ordered } = layOutSafetensors(tensors, metadata);
  const file = new Uint8Array(ordered.reduce((sum, t) => sum + t.bytes.byteLength, head.byteLength));
  file.set(head);
  let at = head.byteLength;
  for (const { name, dtype, shape, bytes } of ordered) {
    invariant(
      bytes.byteLength === rawTensorBytes(dtype, shape),
      `tensor ${name} has the wrong number of bytes`,
    );
    file.set(bytes, at);
    at += bytes.byteLength;
  }
  return file;
}

/** Returns the part before the tensors' bytes of the file that `writeSafetensors` would write, and the order of the tensors. */
export function layOutSafetensors<Tensor extends TensorLayout>(
  tensors: Iterable<Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): { head: Uint8Array; ordered: Tensor[] } {
  const ordered = [...tensors].sort(byAlignmentAndName);
  const header = encodeHeader(ordered, metadata);
  const head = new Uint8Array(LENGTH_BYTES + header.byteLength);
  new DataView(head.buffer).setBigUint64(0, BigInt(header.byteLength), true);
  head.set(header, LENGTH_BYTES);
  return { head, ordered };
}

/**
 * Returns the exact number of bytes before the first tensor (length field, header, padding) of the file that `writeSafetensors`
 * would write.
 */
export function safetensorsHeaderBytes(
  layouts: Iterable<TensorLayout>,
  metadata: Readonly<Record<string, string>> = {},
): number {
  return layOutSafetensors(layouts, metadata).head.byteLength;
}

function byAlignmentAndName(a: TensorLayout, b: TensorLayout): number {
  return dtypeRank(b.dtype) - dtypeRank(a.dtype) || (a.name < b.name ? -1 : Number(a.name > b.name));
}

function encodeHeader(
  ordered: readonly TensorLayout[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entries: string[] = [];
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length > 0) entries.push(`"__metadata__":{${sorted.map(formatPair).join(',')}}`);
  const names = new Set(['__metadata__']);
  let begin = 0;
  for (const { name, dtype, shape } of ordered) {
    invariant(!names.has(name), `the tensor name ${name} occurs twice`);
    names.add(name);
    const end = begin + rawTensorBytes(dtype, shape);
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  return padded(`{${entries.join(',')}}`);
}

function formatPair([key, value]: [string, string]): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

function padded(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const bytes = new Uint8Array(Math.ceil(text.byteLength / 8) * 8).fill(0x20);
  bytes.set(text);
  return bytes;
}
