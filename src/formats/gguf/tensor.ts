import { blockType } from './blockTypes';
import type { GgufFile, GgufTensorInfo } from './types';

/** The encoded bytes of a tensor: a view into `bytes`, the whole file. */
export function ggufTensorBytes(bytes: Uint8Array, file: GgufFile, tensor: GgufTensorInfo): Uint8Array {
  const begin = file.dataStart + tensor.offset;
  return bytes.subarray(begin, begin + tensor.byteLength);
}

/**
 * The values of a tensor, float32, fastest dimension first: row-major for a matrix [out, in], whose dims are [in, out].
 * @param bytes its encoded bytes, as `tensorBytes` gives them
 * @throws LabError unsupported naming the type where it cannot be decoded
 */
export function decodeGgufTensor(tensor: GgufTensorInfo, bytes: Uint8Array): Float32Array {
  return blockType(tensor.type).decode(bytes);
}
