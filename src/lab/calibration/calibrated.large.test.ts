import { afterAll, expect, test } from 'vitest';
import { testGpu } from '../../testing/gpu';
import { describeLarge } from '../../testing/large';
import { expectBetterThanRounding, GPTQ, RTN } from './testing/calibrated';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

describeLarge('models/stories15M', (folder) => {
  test(
    'gptq beats plain rounding on the same grid',
    () => expectBetterThanRounding(folder, 64, [RTN, GPTQ]),
    300_000,
  );
});
