import { describe, expect, test } from 'vitest';
import { KeyedRandom } from '../../../../../base/random';
import { readCode } from '../../../../kit/bits';
import { bits32Of } from '../../../../kit/storedFloats';
import type { MatrixShape } from '../../../../contract/codec';
import { partBytes } from '../../../../contract/parts';
import type { OptionValue } from '../../../../contract/meta';
import { completeOptions } from '../../../../contract/spec';
import { gaussianWithOutliers } from '../../../../conformance/cases';
import codec from './codec';
import { hadamardBlocks, truncateToHalf } from '../../../../kit/tenpak/int4/float32';
import { int4Layout } from '../../../../kit/tenpak/int4/layout';
import meta from './meta';
import { codeOf, rangeOfGroup, restored, type Quantiser } from '../../../../kit/tenpak/int4/ranges';
import { int4Reference, quantise } from '../../../../kit/tenpak/int4/reference';

/** w_i = ((37i mod 64) − 31) ÷ 100: the golden group of the family. */
const GOLDEN = Float32Array.from({ length: 16 }, (_, i) => (((37 * i) % 64) - 31) / 100);
const GROUP_16: Quantiser = {
  group: 16,
  bits: 4,
  rounds: 5,
  eta: 0.5,
  weighting: 'extremes',
  stored: 'truncated',
  steps: 0,
};
const RESIDUAL_16: Quantiser = { ...GROUP_16, bits: 2, rounds: 0 };

const codesOf = (bytes: Uint8Array, bits: number, count = 16) =>
  Array.from({ length: count }, (_, i) => readCode(bytes, 0, i, bits));

describe('golden vector', () => {
  test('five refinements: codes, bytes, range and truncated float16', () => {
    const { codes, scales, offsets } = quantise(GOLDEN, GROUP_16);
    expect(codesOf(codes, 4)).toEqual([1, 9, 3, 11, 5, 13, 8, 2, 10, 4, 12, 6, 14, 8, 2, 10]);
    expect([...codes]).toEqual([145, 179, 213, 40, 74, 108, 142, 162]);
    const { scale, offset } = rangeOfGroup(GOLDEN, GROUP_16);
    expect(scale).toBeCloseTo(0.0467641912, 9);
    expect(offset).toBeCloseTo(-0.3617153466, 9);
    expect([scales[0], offsets[0]]).toEqual([0x29fc, 0xb5c9]);
  });

  test('INT2 residual of it', () => {
    const { errors } = quantise(GOLDEN, GROUP_16);
    const { codes, scales, offsets } = quantise(errors, RESIDUAL_16);
    expect(codesOf(codes, 2)).toEqual([2, 2, 3, 2, 3, 3, 0, 1, 0, 1, 1, 2, 1, 2, 3, 3]);
    expect([...codes]).toEqual([186, 79, 148, 249]);
    const { scale, offset } = rangeOfGroup(errors, RESIDUAL_16);
    expect(scale).toBeCloseTo(0.0135283796, 8);
    expect(offset).toBeCloseTo(-0.0223981831, 8);
    expect([scales[0], offsets[0]]).toEqual([0x22ed, 0xa5bb]);
  });

  test('without refinement', () => {
    const plain = { ...GROUP_16, rounds: 0 };
    const { codes } = quantise(GOLDEN, plain);
    expect(codesOf(codes, 4)).toEqual([0, 9, 3, 12, 5, 14, 7, 1, 10, 3, 12, 6, 15, 8, 2, 11]);
    const { scale, offset } = rangeOfGroup(GOLDEN, plain);
    expect(scale).toBeCloseTo(0.04, 8);
    expect(offset).toBeCloseTo(-0.31, 7);
  });

  test('float16 is cut off, not rounded', () => {
    expect(truncateToHalf(1 + 2047 / 2048)).toBe(0x3fff);
    expect(truncateToHalf(-65535)).toBe(0xfbff);
    expect(truncateToHalf(65536)).toBe(0x7c00);
    // 3.9 units of 2⁻²⁴ become 3; less than one becomes zero.
    expect(truncateToHalf(3.9 * 2 ** -24)).toBe(3);
    expect(truncateToHalf(0.9 * 2 ** -24)).toBe(0);
  });
});

const TABLE: [method: string, given: Record<string, OptionValue>, bits: number][] = [
  ['int4_opt_llama_v1', {}, 8],
  ['int4_opt_v1', {}, 6],
  ['int4_residual_v1', {}, 10],
  ['int4_calibrated_v1', {}, 7.5],
  ['int4_spin_v1', {}, 4.125],
  ['int4_10x_v1', {}, 4.125],
  ['int4_awq_10x_v1', {}, 4.25],
  ['int4_gptq_lite_v1', {}, 4.5],
  ['int4_hybrid_v2', { group: '64' }, 4.5],
  ['int4_hybrid_v2', { group: '128' }, 4.25],
  ['tier', { group: '8' }, 8],
  ['tier', { group: '8', residual: 'int4' }, 16],
  ['tier', { group: '16', residual: 'int4' }, 12],
  ['tier', { group: '32', residual: 'int2' }, 8],
  ['tier', { group: '64', residual: 'int2' }, 7],
];
const LONG: MatrixShape = [256, 1024];

function payload(shape: MatrixShape, given: Record<string, OptionValue>): number {
  const parts = codec.layout(shape, completeOptions(meta, given)).filter(({ optional }) => !optional);
  return parts.reduce((sum, part) => sum + partBytes(part), 0);
}

test.each(TABLE)('%s %j takes exactly %f bits per weight', (method, given, bits) => {
  for (const mode of ['faithful', 'corrected'])
    expect((8 * payload(LONG, { method, mode, ...given })) / (256 * 1024)).toBe(bits);
});

test('int4_ultimate_v1: header, a thousandth as index and value, codes and ranges', () => {
  const outliers = 262;
  const expected = 1 + 2 + 4 + 8 * outliers + 131072 + 4 * 4096;
  expect(payload(LONG, { method: 'int4_ultimate_v1', group: '64' })).toBe(expected);
});

/** Normal values, σ = 1. */
function gaussian(count: number): Float32Array {
  const random = new KeyedRandom(5, 0x9a55);
  return Float32Array.from({ length: count }, () => random.nextNormal());
}

/** Mean squared error of the float32 ranges, before storage. */
function unstoredError(values: Float32Array, quantiser: Quantiser): number {
  let sum = 0;
  for (let first = 0; first < values.length; first += quantiser.group) {
    const group = values.subarray(first, first + quantiser.group);
    const range = rangeOfGroup(group, quantiser);
    for (const w of group)
      sum += (w - restored(codeOf(w, range, 15), range.scale, range.offset)) ** 2 / values.length;
  }
  return sum;
}

test.each([8, 16, 32])(
  'group %i: refinement raises the error of normal weights, the search lowers it',
  (group) => {
    const values = gaussian(32768);
    const error = (change: Partial<Quantiser>) => unstoredError(values, { ...GROUP_16, group, ...change });
    const plain = error({ rounds: 0 });
    const refined = error({}) / plain - 1;
    expect(refined).toBeGreaterThan(0.31);
    expect(refined).toBeLessThan(0.4);
    const searched = 1 - error({ stored: 'nearest', steps: 12 }) / plain;
    expect(searched).toBeGreaterThan(0.165);
    expect(searched).toBeLessThan(0.205);
  },
);

const layoutOf = (shape: MatrixShape, given: Record<string, OptionValue>) =>
  int4Layout(shape, completeOptions(meta, given));

/** The values that are restored from their stored bytes. */
function restoredFromBytes(values: Float32Array, shape: MatrixShape, given: Record<string, OptionValue>) {
  const layout = layoutOf(shape, given);
  return int4Reference.decode(int4Reference.encode(values, layout), layout);
}

/** ‖W − Ŵ‖² ÷ ‖W‖² through the stored bytes. */
function relativeError(given: Record<string, OptionValue>, values = gaussian(32768)): number {
  const shape: MatrixShape = [32, values.length / 32];
  const decoded = restoredFromBytes(values, shape, given);
  const square = (f: (i: number) => number) => values.reduce((sum, _, i) => sum + f(i) ** 2, 0);
  return square((i) => values[i] - decoded[i]) / square((i) => values[i]);
}

test.each([
  [{ method: 'int4_residual_v1' }, 5.0e-4],
  [{ method: 'tier', group: '16', residual: 'int2' }, 4.06e-4],
  [{ method: 'int4_opt_llama_v1' }, 3.3e-3],
  [{ method: 'tier', group: '8' }, 2.4e-3],
])('relative squared error of normal weights: %j ≈ %f', (given, expected) => {
  expect(relativeError(given) / expected).toBeGreaterThan(0.93);
  expect(relativeError(given) / expected).toBeLessThan(1.07);
});

test.each(['int4_opt_llama_v1', 'int4_residual_v1', 'int4_10x_v1', 'int4_spin_v1', 'int4_gptq_lite_v1'])(
  '%s: the corrected mode has the smaller error at the same bytes',
  (method) => {
    const values = gaussianWithOutliers([32, 256], 9);
    const faithful = relativeError({ method }, values);
    expect(relativeError({ method, mode: 'corrected' }, values)).toBeLessThan(faithful);
  },
);

/** The published unit test: a sine tensor 64×128 of amplitude ½. */
test.each([
  ['int4_residual_v1', 0.1],
  ['int4_opt_llama_v1', 0.05],
])('%s restores a sine of amplitude ½ within %f', (method, allowed) => {
  const shape: MatrixShape = [64, 128];
  const values = Float32Array.from({ length: 64 * 128 }, (_, i) => 0.5 * Math.sin(i / 10));
  const decoded = restoredFromBytes(values, shape, { method });
  const worst = decoded.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i])), 0);
  expect(worst).toBeLessThan(allowed);
});

test('a Hadamard block spreads one weight evenly and restores itself', () => {
  const values = Float32Array.from({ length: 300 }, (_, i) => (i === 0 ? 16 : i > 255 ? i : 0));
  const once = values.slice();
  hadamardBlocks(once, 1e9);
  expect([...once.subarray(0, 256)]).toEqual(Array(256).fill(1));
  expect([...once.subarray(256)]).toEqual([...values.subarray(256)]);
  hadamardBlocks(once, 1e9);
  expect([...once]).toEqual([...values]);
});

test('int4_hybrid_v2: what its reader restores is not what its writer stored; corrected reads it right', () => {
  const values = gaussianWithOutliers([16, 256], 4);
  const shape: MatrixShape = [16, 256];
  const restore = (mode: string) =>
    restoredFromBytes(values, shape, { method: 'int4_hybrid_v2', group: '16', mode });
  const worst = (decoded: Float32Array) =>
    decoded.reduce(
      (most, v, i) => Math.max(most, Number.isFinite(v) ? Math.abs(v - values[i]) : Infinity),
      0,
    );
  expect(worst(restore('faithful'))).toBeGreaterThan(100);
  expect(worst(restore('corrected'))).toBeLessThan(0.1);
});

test('int4_calibrated_v1 doubles and marks the columns above half the largest mean', () => {
  const values = Float32Array.from({ length: 16 }, (_, i) => (i % 4 === 1 ? 1 : i % 4 === 2 ? 0.6 : 0.1));
  const layout = layoutOf([4, 4], { method: 'int4_calibrated_v1' });
  const parts = int4Reference.encode(values, layout);
  expect([...parts.mask!]).toEqual([0b01100110, 0b01100110]);
  const decoded = int4Reference.decode(parts, layout);
  values.forEach((w, i) => expect(Math.abs(decoded[i] - w)).toBeLessThan(0.05));
});

test('int4_awq_10x_v1 multiplies by 1.5 where the statistics are large, and says so in four bytes', () => {
  const options = completeOptions(meta, { method: 'int4_awq_10x_v1' });
  const suffixes = (scale: number) =>
    [
      ...codec.reference
        .encode(
          gaussian(256).map((x) => x * scale),
          [4, 64],
          options,
        )
        .keys(),
    ].join();
  expect(suffixes(1)).toBe('codes,scales,offsets,factor');
  expect(suffixes(0.01)).toBe('codes,scales,offsets');
});

test('int4_ultimate_v1 keeps its outliers exactly', () => {
  const values = gaussian(4096).map((x) => 0.02 * x);
  values[5] = 3;
  values[1777] = -2;
  const layout = layoutOf([32, 128], { method: 'int4_ultimate_v1', group: '32' });
  const parts = int4Reference.encode(values, layout);
  expect([...bits32Of(parts.indices!)]).toEqual(expect.arrayContaining([5, 1777]));
  expect([...parts.header!]).toEqual([1, 32, 0, 4, 0, 0, 0]);
  const decoded = int4Reference.decode(parts, layout);
  expect([decoded[5], decoded[1777]]).toEqual([3, -2]);
});
