import { throwIfAborted } from '../../base/errors';
import { rawTensorBytes, type TensorLayout } from '../../formats/dtypes';
import { layOutSafetensors, writeSafetensors, type NamedTensor } from '../../formats/safetensors/write';
import type { TensorSpec } from '../architecture';
import type { Model } from '../model';
import { toCheckpoint } from './orientation';

/** A matrix in a type of ggml: its rows in canonical order, as whole blocks. */
export interface GgufBlocks {
  /** The name of the type, such as `Q4_K`. */
  type: string;
  bytes: Uint8Array;
}

/** The parts of a model that an export needs. */
export interface Exportable extends Pick<Model, 'config' | 'shape' | 'tensor' | 'assets'> {
  /**
   * Returns the blocks in which a tensor is stored, or undefined for floats. It is absent for models that store no blocks.
   * @throws LabError unsupported for a tensor that is stored in another way
   */
  ggufBlocks?(spec: TensorSpec): Promise<GgufBlocks | undefined>;
}

/** The name of the weights file in an exported folder. */
export const WEIGHTS_FILE = 'model.safetensors';
/** A checkpoint in hub layout, whose weights are written tensor by tensor. */
export interface CheckpointFolder {
  /** The files except the weights, by name. */
  files: ReadonlyMap<string, Uint8Array>;
  /** The size of the weights' file in bytes. */
  weightsBytes: number;
  /** Yields the weights' file. */
  weights: (signal?: AbortSignal) => AsyncGenerator<Uint8Array>;
}

/** The framework of the file; transformers refuses a file without it. */
const METADATA = { format: 'pt' };

/**
 * Exports a folder that Hugging Face transformers can load: float32 safetensors with its names and orientations (without a tied
 * head, as transformers writes it), config.json and the unchanged assets.
 * @returns the bytes of each file by name
 */
export async function exportModel(model: Exportable, signal?: AbortSignal): Promise<Map<string, Uint8Array>> {
  const tensors: NamedTensor[] = [];
  for (const spec of model.shape.tensors) {
    throwIfAborted(signal);
    tensors.push({ ...layoutOf(spec), bytes: await storedBytes(spec, model) });
  }
  return new Map([...exportBesideWeights(model), [WEIGHTS_FILE, writeSafetensors(tensors, METADATA)]]);
}

/**
 * Returns the files of an exported folder except the weights.
 * @param dtype the type of the floats
 * @param fields fields that config.json gets
 */
export function exportBesideWeights(
  { config, assets }: Pick<Exportable, 'config' | 'assets'>,
  dtype: 'float32' | 'float16' | 'bfloat16' = 'float32',
  fields: Readonly<Record<string, unknown>> = {},
): Map<string, Uint8Array> {
  // transformers reads `dtype` since version 4.56 and `torch_dtype` before.
  const stored = { ...config, dtype, torch_dtype: dtype, ...fields };
  return new Map([['config.json', jsonFile(stored)], ...assets]);
}

/** Fields that transformers declares as floats and refuses as integers, which `1.0` becomes in JavaScript. */
const FLOAT_FIELDS = new Set([
  ...['init_std', 'initializer_range', 'layer_norm_eps', 'layer_norm_epsilon', 'rms_norm_eps'],
  'llm_int8_threshold',
]);
/** Begins a string that stands for a number which JSON.stringify cannot write. */
const NUMBER = '\u0000';

/** Returns a value as the bytes of a JSON file for Python, whose numbers may be NaN and infinite. */
export function jsonFile(value: unknown): Uint8Array {
  const text = JSON.stringify(value, (key, field: unknown) => pythonNumber(key, field), 2);
  const numbers = text.replace(/"\\u0000(-?(?:\d+\.0|NaN|Infinity))"/g, '$1');
  return new TextEncoder().encode(`${numbers}\n`);
}

function pythonNumber(key: string, field: unknown): unknown {
  if (typeof field !== 'number') return field;
  if (Number.isSafeInteger(field) && FLOAT_FIELDS.has(key)) return `${NUMBER}${field}.0`;
  return Number.isFinite(field) ? field : `${NUMBER}${field}`;
}

/** Presents a model as a checkpoint in float32. */
export function float32Folder(model: Exportable): CheckpointFolder {
  const tensors = model.shape.tensors.map((spec) => ({
    ...layoutOf(spec),
    bytes: () => storedBytes(spec, model),
  }));
  return { files: exportBesideWeights(model), ...weightsFile(tensors, METADATA) };
}

/** A tensor of a file whose bytes are read when they are written. */
export interface LazyTensor extends TensorLayout {
  bytes: () => Promise<Uint8Array>;
}

/** Lays out the weights' file of a folder; it is written with one tensor in memory at a time. */
export function weightsFile(
  tensors: readonly LazyTensor[],
  metadata: Readonly<Record<string, string>>,
): Pick<CheckpointFolder, 'weights' | 'weightsBytes'> {
  const { head, ordered } = layOutSafetensors(tensors, metadata);
  const sizes = tensors.map(({ dtype, shape }) => rawTensorBytes(dtype, shape));
  return {
    weightsBytes: sizes.reduce((sum, size) => sum + size, head.byteLength),
    async *weights(signal) {
      yield head;
      for (const { bytes } of ordered) {
        throwIfAborted(signal);
        yield await bytes();
      }
    },
  };
}

function layoutOf({ name, shape }: TensorSpec): Omit<NamedTensor, 'bytes'> {
  return { name, dtype: 'F32', shape };
}

async function storedBytes(spec: TensorSpec, model: Exportable): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = toCheckpoint(spec, await model.tensor(spec));
  return new Uint8Array(buffer, byteOffset, byteLength);
}
