import type { Model } from '../../models/model';

/**
 * Checks that all weights of an accepted model are finite and have the right sizes.
 * @throws Error with the tensor that is wrong
 */
export async function expectFiniteWeights(model: Model): Promise<void> {
  for (const spec of model.shape.tensors) {
    const values = await model.tensor(spec);
    if (values.length !== spec.matrix[0] * spec.matrix[1])
      throw new Error(`${spec.name} has ${values.length} values`);
    if (!values.every(Number.isFinite)) throw new Error(`${spec.name} is not finite`);
  }
}
