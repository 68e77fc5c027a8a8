import { grouped, significant } from '../base/format';
import type { SparseTensor } from './sparse';

/** A tensor of a delta as a report shows it. */
export interface StoredTensor {
  name: string;
  encoder: string;
  /** Bytes in the file, with the entries of its header. */
  bytes: number;
  /** Bytes of the tensor itself. */
  tensorBytes: number;
  error: number;
  /** What the published method would store, for tensors of finite floats. */
  sparse?: SparseTensor;
}

/** What an encoder stores of a model. */
export interface EncoderUse {
  encoder: string;
  tensors: number;
  tensorBytes: number;
  bytes: number;
  /** The largest ‖Δ̂ − Δ‖ ÷ ‖Δ‖ of a tensor. */
  maxError: number;
}

/** Sums tensors by encoder, the encoder of the most bytes first. */
export function encoderUses(tensors: readonly StoredTensor[]): EncoderUse[] {
  const uses = new Map<string, EncoderUse>();
  for (const { encoder, bytes, tensorBytes, error } of tensors) {
    const use = uses.get(encoder) ?? { encoder, tensors: 0, tensorBytes: 0, bytes: 0, maxError: 0 };
    use.tensors++;
    use.bytes += bytes;
    use.tensorBytes += tensorBytes;
    use.maxError = Math.max(use.maxError, error);
    uses.set(encoder, use);
  }
  return [...uses.values()].sort((a, b) => b.tensorBytes - a.tensorBytes);
}

/** Says how many bytes a delta has and how much smaller than the fine-tuned model that is, or that it is no gain, without a full stop. */
export function gainText(bytes: number, tunedBytes: number): string {
  const ratio = tunedBytes / bytes;
  const tuned = `the fine-tuned model (${grouped(tunedBytes)} bytes)`;
  return ratio > 1
    ? `${grouped(bytes)} bytes, ${significant(ratio)}× smaller than ${tuned}`
    : `${grouped(bytes)} bytes, no gain: ${significant(1 / ratio)} times the size of ${tuned}, so keep that`;
}
