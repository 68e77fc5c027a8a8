import { readFileSync } from 'node:fs';
import { LabError } from '../base/errors';
import { parseSafetensors } from '../formats/safetensors/read';
import type { RawTensor } from '../formats/dtypes';
import type { ModelShape, TensorSpec } from '../models/architecture';
import { toCanonical } from '../models/load/orientation';
import { architectureFor } from '../models/registry';

/** A float32 checkpoint in hub layout, for tests that do not use the model loader. */
export interface Checkpoint {
  shape: ModelShape;
  tensor(spec: TensorSpec): Promise<Float32Array>;
}

/** Reads a checkpoint. @param folder a folder with config.json and model.safetensors */
export function readCheckpoint(folder: string): Checkpoint {
  const config = readJson(`${folder}/config.json`) as Record<string, unknown>;
  const tensors = readTensors(`${folder}/model.safetensors`);
  return {
    shape: architectureFor(config).configure(config),
    tensor: (spec) => Promise.resolve(canonical(spec, tensors.get(spec.name))),
  };
}

/** Reads all tensors of a safetensors file. */
export function readTensors(path: string): Map<string, RawTensor> {
  return parseSafetensors(readFileSync(path)).tensors;
}

/** Reads a JSON file. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Returns the values of an F32 tensor. */
export function floatsOf({ bytes }: RawTensor): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** Returns the values of an I32 tensor, which are not negative. */
export function integersOf({ bytes }: RawTensor): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}

function canonical(spec: TensorSpec, stored: RawTensor | undefined): Float32Array {
  if (stored?.dtype !== 'F32' || stored.shape.join() !== spec.shape.join())
    throw new LabError('bad-file', `${spec.name} is not F32 [${spec.shape.join()}].`, 'Fix the fixture.');
  const values = floatsOf(stored);
  return spec.transposed ? transpose(values, ...spec.matrix) : toCanonical(spec, values);
}

/** Transposes a matrix from [in, out] to [out, in]. */
function transpose(values: Float32Array, out: number, inner: number): Float32Array {
  return Float32Array.from(values, (_, i) => values[(i % inner) * out + Math.floor(i / inner)]);
}
