import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import type { ModelShape } from '../../models/architecture';
import { logits, type ModelInput } from '../../runtime/logits';
import { denseWeights } from '../../runtime/weights';
import { readCheckpoint } from '../../testing/checkpoint';
import { expectClose } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { hasShared, sharedPath } from '../../testing/shared';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** Two float32 programs that add in different orders; logits of these models reach about 20. */
const LOGITS = { abs: 1e-4 };
const SEQUENCES = 2;
const LENGTH = 24;

/** Token ids, or pixels as a preprocessor leaves them. */
function inputFor({ image, vocabulary }: ModelShape): { dims: number[]; input: ModelInput } {
  const random = new KeyedRandom(11);
  const dims = image ? [SEQUENCES, image.channels, image.size, image.size] : [SEQUENCES, LENGTH];
  const count = dims.reduce((a, b) => a * b);
  const values = image
    ? Float32Array.from({ length: count }, () => 4 * random.nextUniform() - 2)
    : Uint32Array.from({ length: count }, () => Math.floor(random.nextUniform() * vocabulary));
  return { dims, input: { values, sequences: SEQUENCES, length: LENGTH } };
}

async function runFile(name: string, dims: readonly number[], values: ModelInput['values']) {
  const session = await ort.InferenceSession.create(readFileSync(sharedPath(`fixtures/onnx/${name}.onnx`)));
  const feed =
    values instanceof Float32Array
      ? new ort.Tensor('float32', values, dims)
      : new ort.Tensor('int64', BigInt64Array.from(Array.from(values, BigInt)), dims);
  const outputs = await session.run({ [session.inputNames[0]]: feed });
  return outputs[session.outputNames[0]].data as Float32Array;
}

describe.skipIf(!hasShared)('our GPU against ONNX Runtime with files torch exported (../shared)', () => {
  test.each(['stories260K', 'gpt2-tinystories', 'vit-cifar10'])('%s', async (name) => {
    const checkpoint = readCheckpoint(sharedPath(`models/${name}`));
    const { dims, input } = inputFor(checkpoint.shape);
    const weights = await denseWeights(gpu, checkpoint);
    const ours = await logits(gpu, checkpoint.shape, weights, input);
    weights.dispose();
    expectClose(ours, await runFile(name, dims, input.values), LOGITS);
  });
});
