import { expect, test } from 'vitest';
import { readCode } from '../../../../kit/bits';
import { bits16Of, bits32Of } from '../../../../kit/storedFloats';
import type { MatrixShape } from '../../../../contract/codec';
import { partBytes, partLayouts } from '../../../../contract/parts';
import type { OptionValue } from '../../../../contract/meta';
import { completeOptions } from '../../../../contract/spec';
import { gaussianWithOutliers } from '../../../../conformance/cases';
import { columnScales } from './columns';
import { tenpakAwqLayout, tenpakAwqParts } from './layout';
import meta from './meta';
import { tenpakAwqReference } from './reference';

/** Bytes of the parts the source counts: codes, ranges, outliers. */
function publishedBytes(shape: MatrixShape, group: string): number {
  const layout = tenpakAwqLayout(shape, completeOptions(meta, { group }));
  const parts = partLayouts(tenpakAwqParts(layout)).filter(({ optional }) => !optional);
  return parts.reduce((sum, part) => sum + partBytes(part), 0);
}

test('n/2 + 8n/g + 6 · outliers', () => {
  expect(publishedBytes([256, 1024], '256')).toBe(131072 + 8 * 1024 + 6 * 1310);
});

test('Mistral-7B: 4.313 bits per weight over its linear layers, 7.419 times smaller than float32', () => {
  const attention: MatrixShape[] = [
    [4096, 4096],
    [1024, 4096],
    [1024, 4096],
    [4096, 4096],
  ];
  const mlp: MatrixShape[] = [
    [14336, 4096],
    [14336, 4096],
    [4096, 14336],
  ];
  const weights = [...attention, ...mlp].reduce((sum, [rows, columns]) => sum + rows * columns, 0);
  const bytes = (shapes: MatrixShape[], group: string) =>
    shapes.reduce((sum, shape) => sum + publishedBytes(shape, group), 0);
  const bits = (8 * (bytes(attention, '256') + bytes(mlp, '2048'))) / weights;
  expect(bits).toBeCloseTo(4.313, 3);
  expect(32 / bits).toBeCloseTo(7.419, 3);
});

test('column scales: the root of the mean magnitude within .01 … 100', () => {
  const scales = columnScales([4, 0, 1e-6, 1e6, 0.25]);
  expect([...scales].map((s) => Number(s.toFixed(4)))).toEqual([2, 0.01, 0.01, 100, 0.5]);
});

test('by hand: scaled columns, the outlier in float16, the rest on 16 levels', () => {
  // 2 rows of 100: one outlier of 200. Column 0 is scaled by 2, all others by 1.
  const values = Float32Array.from({ length: 200 }, (_, i) => (i % 16) / 16);
  values[100] = 4;
  const meanAbs = Array.from({ length: 100 }, (_, c) => (c === 0 ? 4 : 1));
  const inputs = { samples: 1, gram: [], meanAbs, maxAbs: meanAbs };
  const layout = tenpakAwqLayout([2, 100], completeOptions(meta, {}));
  const parts = tenpakAwqReference.encode(values, layout, inputs);
  expect([...bits32Of(parts.indices!)]).toEqual([100]);
  expect([...bits16Of(parts.outliers!)]).toEqual([0x4800]);
  // Range 0 … 15/16 is 15 steps of 1/16: nothing is lost.
  expect([0, 1, 2, 15].map((i) => readCode(parts.codes, 0, i, 4))).toEqual([0, 1, 2, 15]);
  expect([...tenpakAwqReference.decode(parts, layout)]).toEqual([...values]);
});

test('the corrected mode has the smaller error at the same bytes', () => {
  const shape: MatrixShape = [16, 256];
  const values = gaussianWithOutliers(shape, 3);
  const error = (given: Record<string, OptionValue>) => {
    const layout = tenpakAwqLayout(shape, completeOptions(meta, given));
    const decoded = tenpakAwqReference.decode(tenpakAwqReference.encode(values, layout), layout);
    return decoded.reduce((sum, w, i) => sum + (w - values[i]) ** 2, 0);
  };
  expect(error({ mode: 'corrected' })).toBeLessThan(error({}));
});
