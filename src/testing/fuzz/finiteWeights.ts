import type { Model } from '../../models/model';

/** What a reader of whole models promises of one it accepted. @throws Error naming the tensor that breaks it */
export async function expectSoundWeights(model: Model): Promise<void> {
  for (const spec of model.shape.tensors) {
    const values = await model.tensor(spec);
    if (values.length !== spec.matrix[0] * spec.matrix[1])
      throw new Error(`${spec.name} has ${values.length} values`);
    if (!values.every(Number.isFinite)) throw new Error(`${spec.name} is not finite`);
  }
}
