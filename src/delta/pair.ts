import { LabError } from '../base/errors';
import { floatsToBfloat16s, floatsToHalves } from '../base/float16';
import type { Dtype } from '../formats/dtypes';
import { toFloat32 } from '../formats/safetensors/read';

/** One tensor of the base and the fine-tuned model, with equal names, types and shapes. */
export interface TensorPair {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
  /** Values as the files store them, little-endian. */
  base: Uint8Array;
  tuned: Uint8Array;
}

/** The bytes of one value, of the types whose differences are coded word by word. */
const WORD_BYTES: Partial<Record<Dtype, 1 | 2 | 4 | 8>> = {
  ...{ F64: 8, I64: 8, U64: 8 },
  ...{ F32: 4, I32: 4, U32: 4 },
  ...{ F16: 2, BF16: 2, I16: 2, U16: 2 },
};

const FLOATS: ReadonlySet<Dtype> = new Set(['F32', 'F16', 'BF16']);

/** Returns the bytes of one word of a type: 2, 4 or 8, and 1 for all that are narrower. */
export function wordBytes(dtype: Dtype): 1 | 2 | 4 | 8 {
  return WORD_BYTES[dtype] ?? 1;
}

/** Whether a tensor's values are floats that lossy encoders may change. */
export function isFloat(dtype: Dtype): boolean {
  return FLOATS.has(dtype);
}

/** Returns the number of values in so many bytes of a float type. */
export function valueCount(dtype: Dtype, bytes: Uint8Array): number {
  return bytes.length / wordBytes(dtype);
}

/**
 * Returns the difference tuned − base of a float tensor in float32.
 * @throws LabError not-finite naming the tensor and its first value that is NaN or infinite
 */
export function differenceOf({ name, dtype, base, tuned }: TensorPair): Float32Array {
  const before = toFloat32({ dtype, bytes: base });
  const after = toFloat32({ dtype, bytes: tuned });
  const difference = after.map((value, i) => value - before[i]);
  const bad = difference.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return difference;
  throw new LabError(
    'not-finite',
    `Element ${bad} of tensor ${name} is ${before[bad]} in the base and ${after[bad]} in the fine-tuned model.`,
    'Use checkpoints whose weights are finite, or --exact, which keeps the bits of every value.',
  );
}

/** Returns the stored values of base + difference, rounded to the type of the tensor. */
export function restoredValues(dtype: Dtype, base: Uint8Array, difference: Float32Array): Uint8Array {
  const values = toFloat32({ dtype, bytes: base }).map((value, i) => value + difference[i]);
  const words =
    dtype === 'F32' ? values : dtype === 'F16' ? floatsToHalves(values) : floatsToBfloat16s(values);
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
