import { bfloat16sToFloats, halvesToFloats } from '../../base/float16';
import { LabError } from '../../base/errors';
import { float8Values } from '../../base/float8';
import { readRange, type ByteSource } from '../byteSource';
import type { RawTensor } from '../dtypes';
import { RangeTensor, type FileTensor } from '../fileTensor';
import { namingSourceStandIns, namingStandIns } from '../standIn';
import { headerEnd, LENGTH_BYTES, parseHeader } from './header';

/** The content of a safetensors file. header.ts describes the format. */
export interface SafetensorsFile {
  metadata: Record<string, string>;
  /** In header order. */
  tensors: Map<string, RawTensor>;
  /** Number of bytes before the first tensor: length field, header and padding. */
  headerBytes: number;
}

/**
 * Parses a safetensors file in memory; tensors are views into `bytes`.
 * @param bytes the whole file
 * @throws LabError bad-file with the tensor and the invalid field
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { byteLength } = bytes;
  const { tensors, ...rest } = namingStandIns(bytes, () =>
    parseHeader(bytes.subarray(0, headerEnd(bytes, byteLength)), byteLength),
  );
  const stored = new Map<string, RawTensor>();
  for (const [name, { dtype, shape, begin, end }] of tensors)
    stored.set(name, { dtype, shape, bytes: bytes.subarray(begin, end) });
  return { ...rest, tensors: stored };
}

/** A safetensors file whose tensors are read on demand. */
export interface OpenedSafetensors {
  metadata: Record<string, string>;
  /** In header order. */
  tensors: ReadonlyMap<string, FileTensor>;
}

/**
 * Opens a safetensors file of any size. Only the header is read.
 * @throws LabError as parseSafetensors, and what the source throws
 */
export async function openSafetensorsFile(source: ByteSource): Promise<OpenedSafetensors> {
  const { size } = source;
  const { metadata, tensors } = await namingSourceStandIns(source, async () => {
    const length = await readRange(source, 0, Math.min(LENGTH_BYTES, size));
    return parseHeader(await readRange(source, 0, headerEnd(length, size)), size);
  });
  return {
    metadata,
    tensors: new Map([...tensors].map(([name, place]) => [name, new RangeTensor(source, place)])),
  };
}

/** Opens the tensors of a safetensors file by name, as `openSafetensorsFile`. */
export async function openSafetensors(source: ByteSource): Promise<ReadonlyMap<string, FileTensor>> {
  return (await openSafetensorsFile(source)).tensors;
}

/**
 * Returns the values of a tensor as float32 in row-major order. F64 rounds to nearest, or to infinity outside the range of
 * float32. An aligned F32 tensor is a view into the file: copy it before changing it.
 * @throws LabError unsupported for types other than F32, F16, BF16, F8_E4M3, F8_E5M2 and F64
 */
export function toFloat32({ dtype, bytes }: Pick<RawTensor, 'dtype' | 'bytes'>): Float32Array {
  switch (dtype) {
    case 'F32': {
      const { buffer, byteOffset, byteLength } = aligned(bytes, 4);
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    }
    case 'F16':
      return halvesToFloats(words16(bytes));
    case 'BF16':
      return bfloat16sToFloats(words16(bytes));
    case 'F8_E4M3':
    case 'F8_E5M2': {
      const table = float8Values(dtype === 'F8_E4M3' ? 'e4m3' : 'e5m2');
      return Float32Array.from(bytes, (code) => table[code]);
    }
    case 'F64': {
      const { buffer, byteOffset, byteLength } = aligned(bytes, 8);
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
    }
    default:
      throw new LabError(
        'unsupported',
        `A tensor of type ${dtype} cannot be read as float32.`,
        'Use a checkpoint in float32, float16 or bfloat16.',
      );
  }
}

function words16(bytes: Uint8Array): Uint16Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 2);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
}
