import type { ModelInput } from '../runtime/forward/logits';
import { floatsOf, integersOf, readTensors } from './checkpoint';

/** Returns the input and the logits in `expected.safetensors` of an architecture fixture. */
export function fixtureInput(folder: string): { input: ModelInput; expected: Float32Array } {
  const tensors = readTensors(`${folder}/expected.safetensors`);
  const expected = floatsOf(tensors.get('logits')!);
  const ids = tensors.get('input_ids');
  if (!ids) {
    const pixels = tensors.get('pixel_values')!;
    return { input: { values: floatsOf(pixels), sequences: pixels.shape[0], length: 0 }, expected };
  }
  const [sequences, length] = ids.shape;
  return { input: { values: integersOf(ids), sequences, length }, expected };
}
