import { expect, test } from 'vitest';
import { readCode } from '../../../../kit/bits';
import type { Codec, MatrixShape } from '../../../../contract/codec';
import { partBytes } from '../../../../contract/parts';
import type { CodecOptions, OptionValue } from '../../../../contract/meta';
import { bits16Of } from '../../../../kit/storedFloats';
import { completeOptions } from '../../../../contract/spec';
import { kMeans } from '../../../../kit/kMeans/kmeansReference';
import { evenPicks } from '../../../../kit/kMeans/picks';
import { gaussian, relativeError } from '../../../../kit/tenpak/testing/values';
import codec from './codec';
import { checkHeader } from '../../../../kit/tenpak/header';
import { pocketLayout } from './layout';
import meta from './meta';
import { pocketReference } from './reference';
import {
  decodeResidual,
  encodeResidual,
  refinedRange,
  type ResidualParts,
} from '../../../../kit/tenpak/residual/residual';

const options = (given: Record<string, OptionValue>) => completeOptions(meta, given);

function totalBytes({ layout }: Codec, shape: MatrixShape, given: CodecOptions): number {
  return layout(shape, given).reduce((sum, part) => sum + partBytes(part), 0);
}

/** The published golden group: w_i = ((37i mod 64) − 31)/100. */
const GOLDEN = Float32Array.from({ length: 16 }, (_, i) => (((37 * i) % 64) - 31) / 100);
const codesOf = ({ codes }: ResidualParts, bits: number) =>
  [...GOLDEN].map((_, i) => readCode(codes, 0, i, bits));

test('golden group, INT4 with five refinements', () => {
  const range = refinedRange(GOLDEN, 15, 5);
  expect(range.step).toBeCloseTo(0.0467641912, 8);
  expect(range.offset).toBeCloseTo(-0.3617153466, 8);
  const residual = encodeResidual(GOLDEN, { bits: 4, group: 16, rounds: 5, faithful: true });
  expect(codesOf(residual, 4)).toEqual([1, 9, 3, 11, 5, 13, 8, 2, 10, 4, 12, 6, 14, 8, 2, 10]);
  expect([...residual.codes]).toEqual([145, 179, 213, 40, 74, 108, 142, 162]);
  expect([...bits16Of(residual.scales), ...bits16Of(residual.offsets)]).toEqual([0x29fc, 0xb5c9]);
});

test('golden group, INT4 without refinement', () => {
  const residual = encodeResidual(GOLDEN, { bits: 4, group: 16, rounds: 0, faithful: true });
  expect(codesOf(residual, 4)).toEqual([0, 9, 3, 12, 5, 14, 7, 1, 10, 3, 12, 6, 15, 8, 2, 11]);
  expect(refinedRange(GOLDEN, 15, 0).step).toBeCloseTo(0.04, 7);
});

test('golden group, INT2 of what five-fold refined INT4 leaves', () => {
  const { step, offset } = refinedRange(GOLDEN, 15, 5);
  const rest = GOLDEN.map((w) => {
    const code = Math.max(0, Math.min(15, Math.floor((w - offset) / step + 0.5)));
    return w - Math.fround(Math.fround(code * step) + offset);
  });
  const residual = encodeResidual(rest, { bits: 2, group: 16, rounds: 0, faithful: true });
  expect(codesOf(residual, 2)).toEqual([2, 2, 3, 2, 3, 3, 0, 1, 0, 1, 1, 2, 1, 2, 3, 3]);
  expect([...residual.codes]).toEqual([186, 79, 148, 249]);
  expect([...bits16Of(residual.scales), ...bits16Of(residual.offsets)]).toEqual([0x22ed, 0xa5bb]);
});

test('k-means by hand: two clusters on a line', () => {
  // First centroids: vectors 0 and 3 of 6. 0 1 | 9 10 11 … both means after one round, and they stay.
  const values = [0, 1, 2, 9, 10, 11];
  const settings = { dimension: 1, clusters: 2, rounds: 3, start: evenPicks(6, 2), rounded: false };
  const { codebook, indices } = kMeans(values, settings);
  expect([...codebook]).toEqual([1, 10]);
  expect([...indices]).toEqual([0, 0, 0, 1, 1, 1]);
});

test('k-means by hand: zero padding, ties to the lower index, empty clusters stay', () => {
  // Vectors (4,0) (2,2) (4,0→padding); clusters 0 … 3 start at vectors 0, 0, 1, 2: 1 and 3 repeat 0 and stay empty.
  const settings = { dimension: 2, clusters: 4, rounds: 2, start: evenPicks(3, 4), rounded: false };
  const { codebook, indices } = kMeans([4, 0, 2, 2, 4], settings);
  expect([...indices]).toEqual([0, 2, 0]);
  expect([...codebook]).toEqual([4, 0, 4, 0, 2, 2, 4, 0]);
});

test.each([
  ['v1', 6, 4096],
  ['v2', 8, 2048],
])('%s takes %d bits per weight besides header and codebook', (version, bits, codebook) => {
  const shape = [1024, 1024] as const;
  const bytes = totalBytes(codec, shape, options({ version }));
  expect(bytes - 10 - codebook).toBe((bits * 2 ** 20) / 8);
});

test('the header: dimension, K, n, residual flag and group, little-endian', () => {
  const layout = pocketLayout([3, 100], options({ version: 'v2' }));
  const { header: bytes } = pocketReference.encode(new Float32Array(300), layout);
  expect([...bytes]).toEqual([4, 0, 1, 44, 1, 0, 0, 1, 16, 0]);
  expect(() => checkHeader('w', bytes, layout.header)).not.toThrow();
  bytes[3] ^= 1;
  expect(() => checkHeader('w', bytes, layout.header)).toThrow('byte 3 of its header');
});

function gaussianError(count: number, given: Record<string, OptionValue>): number {
  const shape = [count / 256, 256] as const;
  const values = gaussian(count, 1);
  const layout = pocketLayout(shape, options(given));
  return relativeError(values, pocketReference.decode(pocketReference.encode(values, layout), layout));
}

// Tenpak's figures for independent Gaussian weights: relative mean squared error.
test.each([
  ['v1', 1.78e-3],
  ['v2', 5.05e-4],
])('%s on Gaussian weights errs as measured elsewhere: %d', { timeout: 60_000 }, (version, published) => {
  expect(Math.abs(gaussianError(2 ** 16, { version }) / published - 1)).toBeLessThan(0.03);
});

test.each(['v1', 'v2'])('corrected %s errs less at the same bytes', (version) => {
  const corrected = gaussianError(2 ** 13, { version, mode: 'corrected' });
  expect(corrected).toBeLessThan(gaussianError(2 ** 13, { version }));
});

test(
  '256 vectors of 4 alone, and with INT4 groups of 32, on Gaussian weights: 9.0e-2 and 5.7e-4',
  { timeout: 60_000 },
  () => {
    const values = gaussian(2 ** 16, 2);
    const start = evenPicks(2 ** 14, 256);
    const { codebook, indices } = kMeans(values, {
      dimension: 4,
      clusters: 256,
      rounds: 15,
      start,
      rounded: false,
    });
    const centroids = values.map((_, i) => codebook[indices[i >> 2] * 4 + (i & 3)]);
    const alone = relativeError(values, centroids);
    const settings = { bits: 4, group: 32, rounds: 0, faithful: true } as const;
    const rest = decodeResidual(
      encodeResidual(
        values.map((w, i) => w - centroids[i]),
        settings,
      ),
      values.length,
      settings,
    );
    const both = relativeError(
      values,
      centroids.map((c, i) => c + rest[i]),
    );
    expect(Math.abs(alone / 9.0e-2 - 1)).toBeLessThan(0.03);
    expect(Math.abs(both / 5.7e-4 - 1)).toBeLessThan(0.05);
  },
);
