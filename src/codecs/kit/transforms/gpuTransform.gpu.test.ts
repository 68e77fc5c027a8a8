import { expect, test } from 'vitest';
import { spiked } from '../../../testing/spiked';
import { testGpu } from '../../../testing/gpu';
import { gpuJob } from '../gpuJob';
import { CODING_BASES, forwardBlock, inverseBlock } from './coding';
import { recordForward, recordInverse } from './gpuTransform';

const gpu = await testGpu();
/** The float32 rounding of two FFTs of up to 4096, as a share of the largest coefficient. */
const TOLERANCE = 2e-6;

const cases = CODING_BASES.flatMap((name) =>
  [1, 2, 7, 64, 130].map((length) => ({ name, length, blocks: 3 })),
);

test.each([
  ...cases,
  { name: 'phase-fft' as const, length: 4096, blocks: 2 },
  { name: 'dft' as const, length: 1031, blocks: 1 },
])('$name of $length, forward and back, equals the float64 definition', async ({ name, length, blocks }) => {
  const x = spiked(length * blocks, 11);
  await gpuJob({ gpu }, async (job) => {
    const t = { job, name, length, blocks };
    const c = await recordForward(t, job.scope.upload(x, 'x'));
    const back = await recordInverse(t, c);
    await job.run();
    const actual = new Float32Array((await job.read(c, 8 * x.length)).buffer);
    const restored = new Float32Array((await job.read(back, 4 * x.length)).buffer);
    const largest =
      x.reduce((max, value) => Math.max(max, Math.abs(value)), 0) * Math.sqrt(Math.min(length, 97));
    for (let block = 0; block < blocks; block++) {
      const expected = forwardBlock(name, x.subarray(block * length, (block + 1) * length));
      expected.forEach((value, i) =>
        expect(Math.abs(value - actual[2 * block * length + i])).toBeLessThan(TOLERANCE * largest),
      );
      inverseBlock(name, expected).forEach((value, i) =>
        expect(Math.abs(value - restored[block * length + i])).toBeLessThan(TOLERANCE * largest),
      );
    }
  });
  expect(gpu.buffers.liveCount).toBe(0);
});
