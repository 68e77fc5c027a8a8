import { expect, test } from 'vitest';
import { DENSE_SIDE } from './cases/gemm';
import { vectorLines, type GemmRow } from './gemm';

const row = (copyShare: number | null, more: Partial<GemmRow> = {}): GemmRow => ({
  ...{ shape: [1, 512, 256], name: 'ternary × float32', verdict: { ok: true, maxError: 0, note: '' } },
  ...{ rate: null, weightGBs: null, copyShare, ratios: [], flags: [], ...more },
});

test('a stream of weights at two fifths of a copy is taken for bound by bandwidth, just below it is not', () => {
  expect(vectorLines([row(0.39), row(0.41)])).toEqual([
    "ternary × float32, 1×512×256: weights at 39 % of a copy's bandwidth, not bandwidth-bound: arithmetic and dispatch decide.",
    "ternary × float32, 1×512×256: weights at 41 % of a copy's bandwidth, as fast as a copy reads: bandwidth or a cache decides.",
  ]);
});

test('the line says how much faster than our float32 product', () => {
  const ratios: GemmRow['ratios'] = [
    { to: 'ORT float32', median: 9, ci95: [8, 10] },
    { to: DENSE_SIDE, median: 4.25, ci95: [4, 4.5] },
  ];
  expect(vectorLines([row(0.1, { ratios })])[0]).toMatch(/decide, 4\.25 \[4\.00, 4\.50\]× our float32\.$/);
});

test('only vectors times ternary weights that were timed beside a copy have one', () =>
  expect(
    vectorLines([row(null), row(0.5, { shape: [2, 512, 256] }), row(0.5, { name: DENSE_SIDE })]),
  ).toEqual([]));
