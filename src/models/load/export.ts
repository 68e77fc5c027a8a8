import { throwIfAborted } from '../../base/errors';
import { layOutSafetensors, writeSafetensors, type NamedTensor } from '../../formats/safetensors/write';
import type { TensorSpec } from '../architecture';
import type { Model } from '../model';
import { toCheckpoint } from './orientation';

export type Exportable = Pick<Model, 'config' | 'shape' | 'tensor' | 'assets'>;

export const WEIGHTS_FILE = 'model.safetensors';
/** Which framework wrote it: transformers refuses a file that does not say so. */
const METADATA = { format: 'pt' };

/**
 * The folder Hugging Face transformers loads as it is: float32 safetensors with its names and orientations (a tied head is left
 * out, as it does), config.json and the assets as they came.
 * @returns file name → bytes
 */
export async function exportModel(model: Exportable, signal?: AbortSignal): Promise<Map<string, Uint8Array>> {
  const tensors: NamedTensor[] = [];
  for (const spec of model.shape.tensors) {
    throwIfAborted(signal);
    tensors.push({ ...layoutOf(spec), bytes: await storedBytes(spec, model) });
  }
  return new Map([...exportBesideWeights(model), [WEIGHTS_FILE, writeSafetensors(tensors, METADATA)]]);
}

/** The files of that folder but for the weights. */
export function exportBesideWeights({ config, assets }: Exportable): Map<string, Uint8Array> {
  // `dtype` is the key since transformers 4.56, `torch_dtype` the one before; each ignores or prefers its own.
  const stored = { ...config, dtype: 'float32', torch_dtype: 'float32' };
  const text = `${JSON.stringify(stored, null, 2)}\n`;
  return new Map([['config.json', new TextEncoder().encode(text)], ...assets]);
}

/** Its weights file, byte for byte, with one tensor in memory at a time. */
export async function* exportWeights(model: Exportable, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const layouts = model.shape.tensors.map((spec) => ({ ...layoutOf(spec), spec }));
  const { head, ordered } = layOutSafetensors(layouts, METADATA);
  yield head;
  for (const { spec } of ordered) {
    throwIfAborted(signal);
    yield await storedBytes(spec, model);
  }
}

function layoutOf({ name, shape }: TensorSpec): Omit<NamedTensor, 'bytes'> {
  return { name, dtype: 'F32', shape };
}

async function storedBytes(spec: TensorSpec, model: Exportable): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = toCheckpoint(spec, await model.tensor(spec));
  return new Uint8Array(buffer, byteOffset, byteLength);
}
