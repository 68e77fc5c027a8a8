import { readRange, type ByteSource } from '../byteSource';
import { blockType } from './blockTypes';
import type { GgufFile, GgufTensorInfo } from './types';

/** Reads the encoded bytes of a tensor by range. @throws LabError bad-file if the file has become shorter */
export function readGgufTensor(
  source: ByteSource,
  { dataStart }: GgufFile,
  { offset, byteLength }: GgufTensorInfo,
): Promise<Uint8Array> {
  return readRange(source, dataStart + offset, byteLength);
}

/** Returns the encoded bytes of a tensor, as a view into `bytes`, the whole file. */
export function ggufTensorBytes(bytes: Uint8Array, file: GgufFile, tensor: GgufTensorInfo): Uint8Array {
  const begin = file.dataStart + tensor.offset;
  return bytes.subarray(begin, begin + tensor.byteLength);
}

/**
 * Decodes a tensor into float32 values in row-major order: dims [in, out] give a matrix [out, in].
 * @param bytes its encoded bytes, as `ggufTensorBytes` returns them
 * @throws LabError unsupported with the name of a type that cannot be decoded
 */
export function decodeGgufTensor(tensor: GgufTensorInfo, bytes: Uint8Array): Float32Array {
  return blockType(tensor.type).decode(bytes);
}
