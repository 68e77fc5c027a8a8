import { expect, test } from 'vitest';
import type { FileTrial } from '../../../contract/assigner';
import { MAX_FILES, searchWithin, smallestWithin } from './limit';

/** Files of 1,000 to 1,999 bytes, whose predicted loss halves every 50 bytes. */
const files = Array.from({ length: 1000 }, (_, i) => ({ bytes: 1000 + i, distortion: 0.1 * 2 ** (-i / 50) }));

/** Measures files whose true loss in per cent follows from their number. */
function measured(lossOf: (index: number) => number, reach = 0.1) {
  const asked: number[] = [];
  const measure = async (index: number): Promise<FileTrial> => {
    asked.push(index);
    const loss = lossOf(index);
    return {
      ...{ bytes: files[index].bytes, loss, lossCi95: [loss - reach, loss + reach] },
      ...{ unit: 'windows', units: 64 },
    };
  };
  return { asked, measure };
}

// The predictions are wrong by the factors 0.2 … 5, and the exponent by a third.
test.each([0.2, 1, 5])(
  'finds the smallest file that holds if losses are %f of the predicted ones',
  async (factor) => {
    const loss = (i: number) => 100 * factor * (0.1 * 2 ** (-i / 50)) ** (4 / 3) * 2;
    const { asked, measure } = measured(loss);
    const tried = await searchWithin(files, 1, measure);
    const first = files.findIndex((_, i) => loss(i) + 0.1 <= 1);
    const found = smallestWithin(tried, 1)!.index;
    expect(found).toBeGreaterThanOrEqual(first);
    // At most 0.3 per cent more bytes.
    expect(files[found].bytes - files[first].bytes).toBeLessThanOrEqual(0.003 * files[found].bytes);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThanOrEqual(MAX_FILES);
  },
);

test('nothing holds: the largest file was measured', async () => {
  const { asked, measure } = measured(() => 3);
  const tried = await searchWithin(files, 1, measure);
  expect(smallestWithin(tried, 1)).toBeUndefined();
  expect(asked).toContain(files.length - 1);
});

test('everything holds: the smallest file is found', async () => {
  const { measure } = measured(() => -1);
  expect(smallestWithin(await searchWithin(files, 1, measure), 1)!.index).toBe(0);
});
