import { afterAll, describe, expect, test } from 'vitest';
import { readCheckpoint } from '../../testing/checkpoint';
import { expectClose } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { KeyedRandom } from '../../base/random';
import { logits } from './logits';
import { referenceLogits } from '../reference/logits';
import { denseWeights } from './weights';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** Tolerance of float32 against float64 through a whole trained model, whose logits reach about 20. */
const TRAINED = { abs: 1e-4 };

describe('trained models equal the float64 reference', () => {
  test.each([
    ['stories260K', 2, 50],
    ['gpt2-tinystories', 1, 40],
    ['vit-cifar10', 2, 0],
  ] as const)('%s', async (name, sequences, length) => {
    const checkpoint = readCheckpoint(`public/models/${name}`);
    const { shape } = checkpoint;
    const random = new KeyedRandom(9);
    const pixels = () =>
      Float32Array.from({ length: sequences * 3 * 32 * 32 }, () => 4 * random.nextUniform() - 2);
    const ids = () =>
      Uint32Array.from({ length: sequences * length }, () =>
        Math.floor(random.nextUniform() * shape.vocabulary),
      );
    const input = { values: shape.image ? pixels() : ids(), sequences, length };
    const cache = new Map<string, Promise<Float32Array>>();
    const tensor = (wanted: string) => {
      const spec = shape.tensors.find((t) => t.name === wanted)!;
      if (!cache.has(wanted)) cache.set(wanted, checkpoint.tensor(spec));
      return cache.get(wanted)!;
    };
    const expected = await referenceLogits(shape, tensor, input);
    const weights = await denseWeights(gpu, checkpoint);
    const actual = await logits(gpu, shape, weights, input);
    weights.dispose();
    expectClose(actual, expected, TRAINED);
  });
});
