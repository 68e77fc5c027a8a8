import { afterAll, expect, test } from 'vitest';
import { overlay } from '../artefact/weights';
import type { TimeRounding } from '../models/inputRounding';
import { linearInputs } from '../models/linearInputs';
import { nodeRuntime } from '../platform/node/onnxRuntime';
import { denseWeights } from '../runtime/forward/weights';
import type { LinearWeight } from '../runtime/linear/linear';
import { uploadMatrix } from '../runtime/linear/matrix';
import { timedLinear } from '../runtime/linear/timedLinear';
import { expectClose } from '../testing/close';
import { formulaCheckpoint } from '../testing/formulaWeights';
import { testGpu } from '../testing/gpu';
import { DIT } from '../testing/tinyConfigs';
import { referenceDenoiser, type NoisyImages } from './denoiser';
import { GpuDenoiser } from './gpuDenoiser';
import { OnnxDenoiser } from './onnxDenoiser';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const { shape, tensor } = formulaCheckpoint(DIT);
const specs = new Map(shape.tensors.map((spec) => [spec.name, spec]));
/** Two images of time steps on both sides of a boundary, and one at it. */
const images: NoisyImages = {
  pixels: Float32Array.from({ length: 3 * 64 }, (_, i) => 2 * Math.sin(i)),
  ...{ count: 3, timesteps: [10, 499, 500], labels: [0, 3, 1] },
};

/** Rounds what every layer reads, coarsely before time step 500. */
const rounding = new Map<string, TimeRounding>(
  linearInputs(shape.program)
    .flatMap(({ weights }) => weights)
    .map((name) => [
      name,
      {
        maxCode: 255,
        times: [
          { start: 0, scale: 0.5, zeroPoint: 120 },
          { start: 500, scale: Math.fround(0.1), zeroPoint: 130 },
        ],
      },
    ]),
);

test('reference, CPU and GPU round by the time step alike', async () => {
  const values = (name: string) => tensor(specs.get(name)!);
  const float = await referenceDenoiser(shape, values).predict(images);
  const expected = await referenceDenoiser(shape, values, rounding).predict(images);
  const changes = [0, 1, 2].map((image) =>
    Math.max(
      ...expected.subarray(64 * image, 64 * image + 64).map((x, i) => Math.abs(x - float[64 * image + i])),
    ),
  );
  // The last image has the finer group.
  expect(changes[2]).toBeGreaterThan(0.001);
  expect(changes[0]).toBeGreaterThan(changes[2]);
  const cpu = await OnnxDenoiser.create(await nodeRuntime(1), {
    id: 'x',
    shape,
    tensor,
    inputRounding: rounding,
  });
  expectClose(await cpu.predict(images), expected, { abs: 1e-4 });
  cpu.dispose();
  const dense = await denseWeights(gpu, { shape, tensor });
  const layers = new Map<string, LinearWeight>();
  for (const [name, own] of rounding) {
    const matrix = uploadMatrix(gpu, await tensor(specs.get(name)!), ...specs.get(name)!.matrix, name);
    layers.set(name, timedLinear(gpu, matrix, own));
  }
  // Batches of two leave the last one incomplete.
  const denoiser = await GpuDenoiser.create(gpu, shape, overlay(dense, layers), 2);
  expectClose(await denoiser.predict(images), expected, { abs: 1e-4 });
  denoiser.dispose();
  for (const layer of layers.values()) layer.dispose();
  dense.dispose();
});
