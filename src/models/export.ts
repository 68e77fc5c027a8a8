import { throwIfAborted } from '../base/errors';
import { writeSafetensors, type NamedTensor } from '../formats/safetensors';
import type { TensorSpec } from './architecture';
import type { Model } from './model';
import { toCheckpoint } from './orientation';

export type Exportable = Pick<Model, 'config' | 'shape' | 'tensor' | 'assets'>;

/**
 * The folder Hugging Face transformers loads as it is: float32 safetensors with its names and orientations (a tied head is left
 * out, as it does), config.json and the assets as they came.
 * @returns file name → bytes
 */
export async function exportModel(model: Exportable, signal?: AbortSignal): Promise<Map<string, Uint8Array>> {
  const tensors: NamedTensor[] = [];
  for (const spec of model.shape.tensors) {
    throwIfAborted(signal);
    tensors.push(storedTensor(spec, await model.tensor(spec)));
  }
  // `dtype` is the key since transformers 4.56, `torch_dtype` the one before; each ignores or prefers its own.
  const config = { ...model.config, dtype: 'float32', torch_dtype: 'float32' };
  return new Map<string, Uint8Array>([
    ['config.json', new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`)],
    ['model.safetensors', writeSafetensors(tensors, { format: 'pt' })],
    ...model.assets,
  ]);
}

function storedTensor(spec: TensorSpec, canonical: Float32Array): NamedTensor {
  const values = toCheckpoint(spec, canonical);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name: spec.name, dtype: 'F32', shape: spec.shape, bytes };
}
