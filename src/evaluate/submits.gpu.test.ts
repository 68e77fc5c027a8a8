import { afterAll, expect, test } from 'vitest';
import { folderFiles } from '../platform/node/folder';
import { publicFolder } from '../platform/node/paths';
import { loadModel } from '../models/load/load';
import { denseWeights } from '../runtime/forward/weights';
import { testGpu } from '../testing/gpu';
import { textEvaluator } from './text';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** So few that every batch is one window. */
const WINDOWS = 4;
/** An estimate of the device's speed at which a small window takes less than the duration of a submit, as on hardware. */
const FAST = 1e12;

/** Submits and read-backs of some work. */
async function counted(work: () => Promise<unknown>): Promise<{ submits: number; reads: number }> {
  const { submits, reads } = gpu.stream.work;
  gpu.stream.rate = FAST;
  await work();
  return { submits: gpu.stream.work.submits - submits, reads: gpu.stream.work.reads - reads };
}

test.each(['perplexity', 'all'] as const)('%s: two submits and one read-back per window', async (metrics) => {
  const model = await loadModel(folderFiles(publicFolder('models/stories260K')));
  const baseline = await denseWeights(gpu, model);
  const ids = Uint32Array.from({ length: 32 * WINDOWS }, (_, i) => (37 * i) % model.shape.vocabulary);
  const protocol = { kind: 'windows', context: 32, stride: 32, windows: WINDOWS } as const;
  const evaluator = textEvaluator({ gpu, shape: model.shape, baseline, metrics, ids, protocol });
  const control = { label: 'counted' };
  const once = { submits: 2 * WINDOWS, reads: WINDOWS };
  expect(await counted(() => evaluator.measureBaseline(control))).toEqual(once);
  expect(await counted(() => evaluator.measure(baseline, control))).toEqual(once);
  evaluator.dispose();
  baseline.dispose();
});
