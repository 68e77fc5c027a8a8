import { expect, test } from 'vitest';
import { DENSE_SIDE } from './cases/gemm';
import { vectorLines, type GemmRow } from './gemm';

const row = (copyShare: number | null, more: Partial<GemmRow> = {}): GemmRow => ({
  ...{ shape: [1, 512, 256], name: 'ternary × float32', verdict: { ok: true, maxError: 0, note: '' } },
  ...{ rate: null, weightGBs: null, copyShare, ratios: [], flags: [], ...more },
});

test('a product that reads weights at two fifths of a copy’s bandwidth counts as limited by it, just below it does not', () => {
  expect(vectorLines([row(0.39), row(0.41)])).toEqual([
    "ternary × float32, 1×512×256: weights at 39 % of a copy's bandwidth, so limited by arithmetic and dispatch, not by bandwidth.",
    "ternary × float32, 1×512×256: weights at 41 % of a copy's bandwidth, as fast as a copy reads, so limited by bandwidth or a cache.",
  ]);
});

test('the line has the ratio to our float32 product', () => {
  const ratios: GemmRow['ratios'] = [
    { to: 'ORT float32', median: 9, ci95: [8, 10] },
    { to: DENSE_SIDE, median: 4.25, ci95: [4, 4.5] },
  ];
  expect(vectorLines([row(0.1, { ratios })])[0]).toMatch(
    /by bandwidth, 4\.25 \[4\.00, 4\.50\]× our float32\.$/,
  );
});

test('only products of one row with ternary weights that were timed with a copy have a line', () =>
  expect(
    vectorLines([row(null), row(0.5, { shape: [2, 512, 256] }), row(0.5, { name: DENSE_SIDE })]),
  ).toEqual([]));
