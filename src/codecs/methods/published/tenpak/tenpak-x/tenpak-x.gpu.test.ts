import { expect, test } from 'vitest';
import { testGpu } from '../../../../../testing/gpu';
import { gaussianWithOutliers } from '../../../../conformance/cases';
import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';
import { findLowRank } from '../../../../kit/tenpak/lowRank/gpu';
import { lowRank } from '../../../../kit/tenpak/lowRank/reference';
import { patternStarts } from '../../../../kit/tenpak/lowRank/settings';

describeCodec(codec, [{}, { version: 'v2' }, { mode: 'corrected' }], {
  // Float64 alone may tell nearly equal distances apart, and every later round follows from that.
  search: { errorBudget: 0.05 },
});

test.each([
  [37, 29, 'rowPerThread'],
  [150, 70, 'rowPerWorkgroup'],
] as const)('power iteration on %d×%d, %s: L·R as in float64', async (rows, columns, variant) => {
  const gpu = await testGpu();
  const values = gaussianWithOutliers([rows, columns], 9);
  const settings = { rank: 6, rounds: 10, starts: patternStarts(6, columns, 0) };
  const shape = [rows, columns] as const;
  const found = await findLowRank({ gpu, seed: 1 }, values, shape, settings, undefined, variant);
  const expected = lowRank(values, rows, columns, settings);
  for (const side of ['left', 'right'] as const)
    for (let i = 0; i < expected[side].length; i++)
      expect(Math.abs(found[side][i] - expected[side][i])).toBeLessThan(2e-4);
  expect(gpu.buffers.liveCount).toBe(0);
});
