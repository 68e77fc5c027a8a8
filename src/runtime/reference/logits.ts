import { interpret, type ModelShape } from '../../models/architecture';
import { allSteps, readsClassToken } from '../../models/program';
import { linear } from './math';
import { ReferenceOps, type PassInput, type TensorValues } from './ops';

/**
 * Returns the logits of a model by the float64 reference, [sequences · length, vocabulary], [images, classes], or what a
 * diffusion model predicts for each patch, [images · patches, patch² · channels].
 * @param tensor returns the canonical [out, in] values of a name
 */
export async function referenceLogits(
  shape: ModelShape,
  tensor: TensorValues,
  input: PassInput,
): Promise<Float64Array> {
  const ops = new ReferenceOps(shape, tensor, input);
  await interpret(allSteps(shape.program), ops);
  const { hidden, head } = shape.program;
  const weight = await tensor(head.weight);
  const bias = head.bias === undefined ? undefined : await tensor(head.bias);
  const tokens = readsClassToken(shape) ? shape.image!.tokens : 1;
  const rows = ops.inputRows(hidden, head.weight).filter((_, t) => t % tokens === 0);
  const logits = new Float64Array(rows.length * head.outputs);
  rows.forEach((row, r) => logits.set(linear(row, weight, hidden.width, bias), r * head.outputs));
  return logits;
}
