import { LabError, throwIfAborted } from '../base/errors';
import { floatsToBfloat16s, floatsToHalves } from '../base/float16';
import type { Codec, Parts } from '../codecs/codec';
import { encodeTensor } from '../codecs/encode';
import { resolveCodec } from '../codecs/registry';
import { writeSafetensors } from '../formats/safetensors';
import type { Gpu } from '../gpu/gpu';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import {
  ASSET_PREFIX,
  artefactEntries,
  artefactMetadata,
  entryBytes,
  isCoded,
  type Entry,
  type Recipe,
  type Rest,
} from './recipe';
import { summarise, type ArtefactSize } from './sizes';

/** Exponent bits, all set in infinities and NaN alone. */
const INFINITE_EXPONENT = { float16: 0x7c00, bfloat16: 0x7f80 } as const;

export interface WriteOptions {
  seed: number;
  signal?: AbortSignal;
  /** Called after each tensor with the share of weights done, 0 … 1. */
  onProgress?: (fraction: number, tensor: string) => void;
}

export interface WrittenArtefact {
  /** The file, exactly as it goes to disk. */
  bytes: Uint8Array;
  size: ArtefactSize;
  /** Wall-clock time spent in the codec. */
  encodeMs: number;
}

/**
 * Compresses a model into one artefact file, a safetensors file.
 * @throws LabError naming the tensor for values a codec or `rest` cannot hold; Cancelled
 */
export async function writeArtefact(
  gpu: Gpu,
  model: Model,
  recipe: Recipe,
  options: WriteOptions,
): Promise<WrittenArtefact> {
  const codec = await resolveCodec(recipe.spec);
  const entries = artefactEntries(model, recipe, codec);
  const values = new Map<string, Uint8Array>();
  for (const [name, bytes] of model.assets) values.set(ASSET_PREFIX + name, bytes);
  const encodeMs = await encodeTensors(gpu, model, recipe, codec, options, values);
  const tensors = entries.map((entry) => ({ ...entry, bytes: checked(entry, values) }));
  const bytes = writeSafetensors(tensors, artefactMetadata(model, recipe));
  const data = entries.reduce((sum, e) => sum + entryBytes(e), 0);
  return { bytes, size: summarise(model, recipe, entries, bytes.length - data), encodeMs };
}

async function encodeTensors(
  gpu: Gpu,
  model: Model,
  recipe: Recipe,
  codec: Codec,
  options: WriteOptions,
  values: Map<string, Uint8Array>,
): Promise<number> {
  let done = 0;
  let encodeMs = 0;
  for (const tensor of model.shape.tensors) {
    throwIfAborted(options.signal);
    const source = await model.tensor(tensor);
    if (isCoded(tensor, recipe.scope)) {
      const started = performance.now();
      const parts = await encodeCoded(gpu, tensor, source, recipe, codec, options);
      encodeMs += performance.now() - started;
      for (const [suffix, part] of parts) values.set(`${tensor.name}.${suffix}`, part);
    } else values.set(tensor.name, encodeRest(tensor.name, source, recipe.rest));
    done += source.length;
    options.onProgress?.(done / model.shape.parameters, tensor.name);
  }
  return encodeMs;
}

function encodeCoded(
  gpu: Gpu,
  tensor: TensorSpec,
  values: Float32Array,
  recipe: Recipe,
  codec: Codec,
  { seed, signal }: WriteOptions,
): Promise<Parts> {
  const source = { name: tensor.name, shape: tensor.matrix, values };
  return encodeTensor(codec, source, recipe.spec.options, { gpu, seed, signal });
}

/** Stores an uncoded tensor in the rest's float type, rounding half to even. */
function encodeRest(name: string, values: Float32Array, rest: Rest): Uint8Array {
  if (rest === 'float32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  const bits = rest === 'float16' ? floatsToHalves(values) : floatsToBfloat16s(values);
  const infinite = INFINITE_EXPONENT[rest];
  const over = bits.findIndex((word) => (word & infinite) === infinite);
  if (over >= 0) throw overflow(name, values[over], rest);
  return new Uint8Array(bits.buffer);
}

function overflow(name: string, value: number, rest: Rest): LabError {
  return new LabError(
    'bad-input',
    `${name} holds ${value}, which ${rest} cannot store.`,
    rest === 'float16'
      ? 'Store uncoded tensors as float32 or bfloat16 (--rest bfloat16).'
      : 'Store uncoded tensors as float32 (--rest float32).',
  );
}

function checked(entry: Entry, values: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const bytes = values.get(entry.name);
  if (bytes?.length === entryBytes(entry)) return bytes;
  throw new LabError(
    'internal',
    `${entry.name} was encoded to ${bytes?.length ?? 0} bytes; its layout says ${entryBytes(entry)}.`,
    'Please report this with the codec.',
  );
}
