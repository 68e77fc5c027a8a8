import { LabError } from '../base/errors';
import { needsBase } from '../codecs/contract/registry';
import { formatCodec } from '../codecs/contract/spec';
import type { ModelShape, TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { isInScope, type Recipe } from './recipe';

/** Codecs that code the difference from a base model get W − W_base, and Ŵ is W_base plus what they decode. */

/** Returns W − W_base in canonical orientation, each difference rounded once to float32. */
export async function withoutBase(
  values: Float32Array,
  base: Model,
  tensor: TensorSpec,
): Promise<Float32Array> {
  const before = await baseValues(base, tensor);
  return values.map((value, i) => value - before[i]);
}

/** Returns W_base + Δ in canonical orientation, each sum rounded once to float32, so that every adapter restores the same values. */
export async function withBase(
  difference: Float32Array,
  base: Model,
  tensor: TensorSpec,
): Promise<Float32Array> {
  const before = await baseValues(base, tensor);
  return difference.map((value, i) => before[i] + value);
}

function baseValues(base: Model, { name }: TensorSpec): Promise<Float32Array> {
  // The base may be stored in another format and orientation, so that its own description of the tensor counts.
  return base.tensor(base.shape.tensors.find((tensor) => tensor.name === name)!);
}

/**
 * Returns the base of a recipe, if its codec codes the difference from one.
 * @throws LabError bad-plan if the recipe has none, and bad-input as `checkBaseShapes`
 */
export function recipeBase({ spec, scope, base }: Recipe, shape: ModelShape): Model | undefined {
  if (!needsBase(spec)) return undefined;
  if (!base)
    throw new LabError(
      'bad-plan',
      `${formatCodec(spec)} codes the difference from a base model, and none is named.`,
      'Name the model that was fine-tuned as base (--base MODEL).',
    );
  checkBaseShapes(
    base,
    shape.tensors.filter((tensor) => isInScope(tensor, scope)),
  );
  return base;
}

/** Checks that a base has tensors in the shape of others. @throws LabError bad-input naming the first that it lacks */
export function checkBaseShapes(base: Model, tensors: readonly TensorSpec[]): void {
  const own = new Map(base.shape.tensors.map(({ name, matrix }) => [name, String(matrix)]));
  const wrong = tensors.find(({ name, matrix }) => own.get(name) !== String(matrix));
  if (!wrong) return;
  const found = own.get(wrong.name);
  throw new LabError(
    'bad-input',
    `${base.id} cannot be the base: ${found === undefined ? `it has no tensor ${wrong.name}` : `its ${wrong.name} is [${found}], not [${wrong.matrix}]`}.`,
    'Name the model that was fine-tuned, of the same architecture and size.',
  );
}
