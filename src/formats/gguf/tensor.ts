import { blockType } from './blockTypes';
import type { GgufFile, GgufSource, GgufTensorInfo } from './types';

/** The encoded bytes of a tensor: a view into `bytes`, the whole file. */
export function tensorBytes(bytes: Uint8Array, file: GgufFile, tensor: GgufTensorInfo): Uint8Array {
  const begin = file.dataStart + tensor.offset;
  return bytes.subarray(begin, begin + tensor.byteLength);
}

/** The encoded bytes of a tensor of a file that is read in parts. */
export function readTensorBytes(
  source: GgufSource,
  file: GgufFile,
  tensor: GgufTensorInfo,
): Promise<Uint8Array> {
  return source.read(file.dataStart + tensor.offset, tensor.byteLength);
}

/**
 * The values of a tensor, float32, fastest dimension first: row-major for a matrix [out, in], whose dims are [in, out].
 * @param bytes its encoded bytes, as `tensorBytes` or `readTensorBytes` give them
 * @throws LabError unsupported naming the type where it cannot be decoded
 */
export function decodeTensor(tensor: GgufTensorInfo, bytes: Uint8Array): Float32Array {
  return blockType(tensor.type).decode(bytes);
}
