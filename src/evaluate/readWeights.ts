import { throwIfAborted } from '../base/errors';
import type { ModelShape } from '../models/architecture';
import type { InputRounding } from '../models/inputRounding';
import type { WeightValues } from '../runtime/forward/weights';

/** What layers multiply with, by the name of the weight, and how some of them round their input. */
interface ReadWeights {
  values: ReadonlyMap<string, Float32Array>;
  rounding: ReadonlyMap<string, InputRounding>;
}

/** Reads all weights into main memory, from the GPU if they are there. @throws Cancelled */
export async function readWeights(
  { tensors }: ModelShape,
  weights: WeightValues,
  signal?: AbortSignal,
): Promise<ReadWeights> {
  const values = new Map<string, Float32Array>();
  for (const { name } of tensors) {
    throwIfAborted(signal);
    values.set(name, await weights.values(name));
  }
  return { values, rounding: weights.inputRounding ?? new Map() };
}
