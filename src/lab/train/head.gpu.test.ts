import { afterAll, expect, test } from 'vitest';
import { CLI_PLAN_NAMES } from '../../../cli/shared/planNames';
import { nodeLabOn } from '../../platform/node/lab';
import { denseWeights } from '../../runtime/forward/weights';
import { expectClose } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { GradientPass } from '../../train/gradientPass';
import { referenceGradients } from '../../train/reference/model';
import { buildTrainPlan } from './build';
import { openTrainingData } from './data';
import { headData } from './headData';
import { withNewHead } from './model';
import { smallVit } from './testing/smallVit';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** Tolerance of float32 against float64 through two blocks and back. */
const GRADIENT = { abs: 2e-5, rel: 1e-3 };

test('a new classifier on resized images: loss and gradients equal the float64 reference', async () => {
  const model = await withNewHead(await smallVit(), headData('cifar-10'), 3);
  const plan = buildTrainPlan({ model: 'vit-cifar10', head: 'cifar-10' }, CLI_PLAN_NAMES);
  const data = await openTrainingData({ lab: nodeLabOn(gpu), plan, model, evaluationSha256: 'another' });
  const batch = await data.batch(0, 3, 1);
  expect(batch.input).toHaveLength(3 * 3 * 48 * 48);
  const expected = await referenceGradients(model.shape, (name) => valuesOf(name), {
    ...{ ...batch, sequences: 3, length: 1 },
  });
  const weights = await denseWeights(gpu, model);
  const pass = await GradientPass.create(gpu, model.shape, weights, { sequences: 3, length: 1 });
  try {
    await pass.run(batch);
    const { loss } = await pass.outcome();
    expectClose([loss], [expected.loss], { abs: 1e-5 });
    for (const name of ['classifier.weight', 'classifier.bias', 'vit.encoder.layer.0.output.dense.weight']) {
      const gradient = pass.gradients.get(name)!;
      const actual = new Float32Array(await gpu.stream.read(gradient, gradient.size));
      expectClose(actual, expected.gradients.get(name)!, GRADIENT);
    }
  } finally {
    pass.dispose();
    weights.dispose();
  }

  function valuesOf(name: string): Promise<Float32Array> {
    return model.tensor(model.shape.tensors.find((spec) => spec.name === name)!);
  }
});
