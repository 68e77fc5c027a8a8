import { afterAll, describe, expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { syntheticInputs } from '../../calibrate/testing/inputs';
import { testGpu } from '../../testing/gpu';
import type { SourceTensor } from './codec';
import { encodeTensor } from './coding';
import { needsCalibration, resolveCodec } from './registry';
import { parseCodec } from './spec';

const gpu = await testGpu();
const [ROWS, COLUMNS] = [64, 192];
const inputs = syntheticInputs(gpu, COLUMNS, 256);
afterAll(() => {
  inputs.dispose();
  expect(gpu.buffers.liveCount).toBe(0);
});

/** The largest ratio between stated and counted operations, dispatches or waits. The estimate of time aims at a factor of 2. */
const TOLERANCE = 1.6;

const random = new KeyedRandom(7, 1);
const values = Float32Array.from({ length: ROWS * COLUMNS }, () => random.nextNormal());
const tensor: SourceTensor = { name: 'w', shape: [ROWS, COLUMNS], values };

/** Each codec that states its work, and the options that change it most. */
const SPECS = [
  'rtn(clip=true)',
  'gptq',
  'gptq(group=16,clip=true)',
  'gptq(group=16,act-order=false)',
  'grid',
  'grid(trellis=true)',
  'awq',
  'awq(grid=5,clip=false)',
  'hqq(iterations=5)',
  'aqlm(bits=6,iterations=2)',
  'aqlm(bits=4,weighting=none,iterations=2)',
  'caldera(iterations=2)',
  'vq(bits=6)',
  'tenpak-x',
  'rans(grid)',
  'hadamard(gptq)',
];

describe('encoding does the work that its codec states', () => {
  test.each(SPECS)('%s', async (text) => {
    const spec = parseCodec(text);
    const codec = await resolveCodec(spec);
    const stated = codec.encodeWork!(tensor.shape, spec.options);
    const before = { ...gpu.stream.work };
    const calibration = needsCalibration(spec) ? { inputs: inputs.gpu } : {};
    await encodeTensor(codec, tensor, spec.options, { gpu, seed: 1, ...calibration });
    const { work } = gpu.stream;
    expectNear('operations', stated.gpu, work.operations - before.operations);
    expectNear('dispatches', stated.dispatches, work.dispatches - before.dispatches);
    expectNear('waits', stated.waits, work.reads - before.reads);
  });
});

function expectNear(what: string, stated: number, counted: number): void {
  const ratio = stated / counted;
  const text = `${what}: ${stated.toPrecision(4)} stated, ${counted.toPrecision(4)} counted`;
  expect(ratio, text).toBeGreaterThan(1 / TOLERANCE);
  expect(ratio, text).toBeLessThan(TOLERANCE);
}
