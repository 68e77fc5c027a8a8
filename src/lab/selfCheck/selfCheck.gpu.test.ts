import { afterEach, expect, test, vi } from 'vitest';
import type { Gpu } from '../../gpu/gpu';
import { openModel } from '../../platform/node/models';
import { alteredGpu, type Alteration } from '../../testing/alteredGpu';
import { testGpu } from '../../testing/gpu';
import { INFERENCE_TOLERANCE } from '../crossCheck/inference';
import { wrongAdapterText } from './report';
import { selfCheck } from './selfCheck';

let altered: Gpu | undefined;
afterEach(() => altered?.destroy());

test.each([
  ['all features', {}],
  ['portable', { portable: true }],
])('an adapter that computes rightly agrees with transformers (%s)', async (_, options) => {
  const { value, agrees } = await selfCheck({ gpu: await testGpu(options), openModel });
  expect(agrees).toBe(true);
  // Float32 sums of another order: not exactly equal, and far within the limit.
  expect(value).toBeGreaterThan(0);
  expect(value).toBeLessThan(INFERENCE_TOLERANCE / 10);
});

test('a device is asked once, and again after the model could not be loaded', async () => {
  altered = await alteredGpu({ shader: 'runtime/rotary', from: 'b * s', to: 'b * s' });
  const open = vi.fn(openModel);
  open.mockRejectedValueOnce(new Error('offline'));
  await expect(selfCheck({ gpu: altered, openModel: open })).rejects.toThrow('offline');
  const first = await selfCheck({ gpu: altered, openModel: open });
  expect(await selfCheck({ gpu: altered, openModel: open })).toBe(first);
  expect(open).toHaveBeenCalledTimes(2);
  expect(altered.buffers.liveCount).toBe(0);
});

/** Defects as compilers and drivers have them, each in one shader. */
const DEFECTS: [string, Alteration][] = [
  ['a lost sign', { shader: 'runtime/rotary', from: 'a * c - b * s', to: 'a * c + b * s' }],
  [
    'a wrong lane of a subgroup',
    {
      shader: 'linear/dense/subgroup',
      from: 'subgroupShuffle(a, 3u)',
      to: 'subgroupShuffle(a, 2u)',
    },
  ],
  [
    'a forgotten rescaling',
    { shader: 'runtime/attention', from: 'exp(maximum - newMaximum)', to: 'exp(0.0)' },
  ],
  [
    'a value that is not a number',
    { shader: 'runtime/siluGate', from: 'x * sigmoid', to: 'log(-1.0 - abs(x)) * sigmoid' },
  ],
];

test.each(DEFECTS)('%s shows', async (_, defect) => {
  altered = await alteredGpu(defect);
  const check = await selfCheck({ gpu: altered, openModel });
  expect(check.agrees).toBe(false);
  expect(wrongAdapterText(check, 'a browser')).toMatch(
    check.value === null
      ? /computes something that is not a number/
      : /off by up to [\d.]+ nats \(allowed 0\.001\)/,
  );
});
