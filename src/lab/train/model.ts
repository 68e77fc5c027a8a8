import { sha256Hex } from '../../base/checksum';
import { invariant } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import type { TensorSpec } from '../../models/architecture';
import type { Model } from '../../models/model';

/** Stream of the keyed generator that draws weights; tensors have streams of their own. */
const STREAM = 0x5c00_0000;

/**
 * Returns the model with other weights.
 * @param values canonical [out, in] by tensor name, all of them
 */
export async function withValues(model: Model, values: ReadonlyMap<string, Float32Array>): Promise<Model> {
  const all = model.shape.tensors.map(({ name }) => {
    const found = values.get(name);
    invariant(found, `trained weights lack ${name}`);
    return new Uint8Array(found.buffer, found.byteOffset, found.byteLength);
  });
  const sha256 = await sha256Hex(...all);
  return {
    ...model,
    revision: `trained ${sha256.slice(0, 12)}`,
    sha256,
    tensor: async ({ name }) => values.get(name)!.slice(),
  };
}

/**
 * Returns the model before any training: matrices uniform within ±1 ÷ √in (PyTorch's default for linear layers), norms
 * 1, everything else 0. Equal seeds give equal weights.
 */
export function drawnModel(model: Model, seed: number): Promise<Model> {
  return withValues(
    model,
    new Map(
      model.shape.tensors.map((spec, i) => [spec.name, drawn(spec, new KeyedRandom(seed, STREAM + i))]),
    ),
  );
}

function drawn({ role, name, matrix: [rows, columns] }: TensorSpec, random: KeyedRandom): Float32Array {
  const values = new Float32Array(rows * columns);
  if (role === 'norm') return name.endsWith('bias') ? values : values.fill(1);
  if (role === 'bias') return values;
  const bound = 1 / Math.sqrt(columns);
  return values.map(() => (2 * random.nextUniform() - 1) * bound);
}
