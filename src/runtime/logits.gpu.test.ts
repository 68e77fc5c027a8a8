import { afterAll, describe, expect, test } from 'vitest';
import type { OpenOptions } from '../gpu/device';
import { floatsOf, integersOf, readCheckpoint, readTensors } from '../testing/checkpoint';
import { expectClose } from '../testing/close';
import { testGpu } from '../testing/gpu';
import { hasShared, sharedPath } from '../testing/shared';
import { logits, type ModelInput } from './logits';
import { denseWeights } from './weights';

/** The bound the product promises against Hugging Face transformers. */
const LOGITS = { abs: 1e-4 };
const DEVICES: Record<string, OpenOptions> = {
  'all features': {},
  portable: { portable: true },
  'bindings of 1 MiB': { bindingCap: 1 << 20 },
};

/** The input the fixture's logits were computed for. */
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

describe.skipIf(!hasShared)('logits equal Hugging Face transformers (fixtures in ../shared)', () => {
  for (const [device, options] of Object.entries(DEVICES))
    test.each(['gpt2', 'gpt2-width2', 'llama-gqa', 'vit'])(`%s, ${device}`, async (name) => {
      const gpu = await testGpu(options);
      const folder = sharedPath(`fixtures/arch/${name}`);
      const checkpoint = readCheckpoint(folder);
      const { input, expected } = fixtureInput(folder);
      const weights = await denseWeights(gpu, checkpoint);
      const actual = await logits(gpu, checkpoint.shape, weights, input);
      weights.dispose();
      expectClose(actual, expected, LOGITS);
    });
});

afterAll(async () => {
  for (const options of Object.values(DEVICES)) expect((await testGpu(options)).buffers.liveCount).toBe(0);
});
