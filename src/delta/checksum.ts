import { sha256Hex } from '../base/checksum';
import { throwIfAborted } from '../base/errors';
import type { Dtype } from '../formats/dtypes';
import type { FileTensor } from '../formats/fileTensor';

const encoder = new TextEncoder();

/** The tensors of a checkpoint by name. */
export type CheckpointTensors = ReadonlyMap<string, FileTensor>;

/** Returns the SHA-256 of a tensor: of its type and shape as JSON, and its bytes. */
export function tensorSha256(dtype: Dtype, shape: readonly number[], bytes: Uint8Array): Promise<string> {
  return sha256Hex(encoder.encode(JSON.stringify([dtype, shape])), bytes);
}

/** Returns the SHA-256 of a model from those of its tensors: of lines "SHA256  NAME" in the order of names. */
export function modelSha256(sums: ReadonlyMap<string, string>): Promise<string> {
  const lines = [...sums.keys()].sort().map((name) => `${sums.get(name)}  ${name}\n`);
  return sha256Hex(encoder.encode(lines.join('')));
}

/**
 * Reads all tensors of a checkpoint and returns its checksum, which does not depend on the files they are in.
 * @throws what reading throws; Cancelled
 */
export async function tensorsSha256(
  tensors: CheckpointTensors,
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<string> {
  const sums = new Map<string, string>();
  let read = 0;
  for (const [name, tensor] of tensors) {
    throwIfAborted(signal);
    sums.set(name, await tensorSha256(tensor.dtype, tensor.shape, await tensor.read()));
    onBytes?.((read += tensor.byteLength));
  }
  return modelSha256(sums);
}
