import { describe, expect, test } from 'vitest';
import { KeyedRandom } from '../base/random';
import { breakEven, STORAGE_COSTS } from './breakEven';
import {
  sparseChangedThresholds,
  sparseDifference,
  sparseEstimate,
  sparseEstimatedRatio,
  sparseHybridBytes,
  sparseHybridThreshold,
  sparseLayerOf,
  sparseMethod,
  sparseMethodByLayer,
  sparseMethodBytes,
  sparseRatios,
  sparseStatistics,
  sparseSvdBytes,
  sparseTensor,
} from './sparse';

/** Statistics with a share of zeros; only the fields that a rule reads matter. */
const statistics = (sparsity: number, maxAbs = 0.01, count = 1000) => ({
  ...sparseStatistics(new Float32Array(1)),
  count,
  nonZero: Math.round(count * (1 - sparsity)),
  sparsity,
  maxAbs,
});

test('statistics of a difference by hand', () => {
  const found = sparseStatistics(Float32Array.of(0, 3, -4, 5e-7));
  expect(found).toMatchObject({ count: 4, nonZero: 2, sparsity: 0.5, maxAbs: 4 });
  expect(found.norm).toBeCloseTo(5, 6);
  expect(found.mean).toBeCloseTo(-0.25, 6);
  expect(found.standardDeviation).toBeCloseTo(Math.sqrt(25 / 4 - 1 / 16), 6);
});

test('a difference below the spacing of float16 is lost before it is looked at', () => {
  expect([...sparseDifference(Float32Array.of(1, 1), Float32Array.of(1.0001, 1.001))]).toEqual([0, 2 ** -10]);
});

describe('the first version', () => {
  test.each([
    ['zero', 1, 1e-9],
    ['sparse', 0.91, 0.01],
    ['int8', 0.9, 0.01],
    ['int8', 0, 5],
  ])('chooses %s for sparsity %d and max|Δ| %d', (method, sparsity, maxAbs) => {
    expect(sparseMethod(statistics(sparsity, maxAbs))).toBe(method);
  });

  test('bytes and ratios, of which one below 1 is reported as 1', () => {
    expect(sparseMethodBytes('sparse', statistics(0.95))).toBe(300);
    expect(sparseMethodBytes('int8', statistics(0))).toBe(1004);
    expect(sparseRatios('int8', statistics(0, 1, 4_194_304)).reported.toFixed(2)).toBe('2.00');
    const dense = sparseRatios('sparse', statistics(0));
    expect(dense.true).toBeCloseTo(1 / 3, 12);
    expect(dense.reported).toBe(1);
  });

  test('27.00 MB that became 49.71 MB were reported as 1.00×, and are 1.84 times larger', () => {
    const count = 27e6 / 2;
    const nonZero = 49.71e6 / 6;
    const { true: ratio, reported } = sparseRatios('sparse', { ...statistics(0), count, nonZero });
    expect((1 / ratio).toFixed(2)).toBe('1.84');
    expect(reported.toFixed(2)).toBe('1.00');
  });

  test('dense Gaussian noise has no gain: nearly every value takes 6 bytes', () => {
    const random = new KeyedRandom(1, 2);
    const noise = Float32Array.from({ length: 10_000 }, () => 0.02 * random.nextNormal());
    const found = sparseStatistics(noise);
    expect(found.sparsity).toBeLessThan(0.001);
    expect(sparseRatios('sparse', found).true).toBeLessThan(0.34);
    expect(sparseMethod(found)).toBe('int8');
  });
});

test('what it stores of a tensor', () => {
  const base = new Float32Array(1000);
  const one = base.slice().fill(1, 0, 50);
  expect(sparseTensor('h.0.attn.c_attn.weight', [20, 50], base, one)).toEqual({
    method: 'sparse',
    bytes: 300,
    float16Bytes: 2000,
    isClamped: false,
    // 95 % of an attention tensor are unchanged.
    later: { method: 'sparse', bytes: 300 },
    unchanged: { first: 950, later: 950, demo: 950 },
    // 50 int32 indices with a byte each, and a scale.
    estimate: { method: 'sparse+int8', bytes: 254, promised: [2, 8] },
  });
  expect(sparseTensor('norm.weight', [1000], base, base)).toMatchObject({ method: 'zero', bytes: 0 });
  expect(sparseTensor('norm.weight', [1000], base, one.fill(NaN, 0, 1))).toBeUndefined();
});

test('large differences of other layers are a hybrid: values beyond the first quartile exactly', () => {
  const tuned = Float32Array.from({ length: 5 }, (_, i) => i);
  // |Δ| is 0 to 4 with the first quartile 1: three values of five bytes, two of one, and a scale.
  expect(sparseTensor('weight', [5], new Float32Array(5), tuned)?.later).toEqual({
    method: 'hybrid',
    bytes: 21,
  });
});

test.each([
  ['model.layers.0.self_attn.q_proj.weight', 'attention'],
  ['vit.encoder.layer.0.attention.output.dense.weight', 'attention'],
  ['model.layers.0.mlp.up_proj.weight', 'feed-forward'],
  ['vit.encoder.layer.0.output.dense.weight', 'feed-forward'],
  ['transformer.wte.weight', 'embedding'],
  ['h.0.ln_1.weight', 'norm'],
  ['model.layers.0.post_attention_layernorm.weight', 'norm'],
  ['lm_head.weight', 'head'],
  ['weight', 'other'],
])('%s belongs to the kind %s', (name, kind) => {
  expect(sparseLayerOf(name)).toBe(kind);
});

describe('later versions choose by the kind of layer', () => {
  test.each([
    ['attention', 0.86, 1, 'sparse'],
    ['attention', 0.85, 0.09, 'int8'],
    ['attention', 0.85, 0.1, 'hybrid'],
    ['feed-forward', 0.96, 1, 'sparse'],
    ['feed-forward', 0.95, 1, 'int8'],
    ['embedding', 0.81, 1, 'sparse'],
    ['embedding', 0.8, 1, 'int8'],
    ['norm', 0.999, 1, 'int8'],
    ['head', 0.91, 1, 'sparse'],
    ['head', 0.9, 1, 'int8'],
    ['other', 0.91, 1, 'sparse'],
    ['other', 0.9, 0.14, 'int8'],
    ['other', 0.9, 0.15, 'hybrid'],
  ] as const)('%s with sparsity %d and max|Δ| %d: %s', (layer, sparsity, maxAbs, method) => {
    expect(sparseMethodByLayer(layer, statistics(sparsity, maxAbs))).toBe(method);
  });

  test('hybrid and SVD', () => {
    expect(sparseHybridThreshold(Float32Array.of(-4, 1, 2, 3, 5))).toBe(2);
    expect(sparseHybridThreshold(Float32Array.of(1, -2, 3, 4))).toBe(1.75);
    expect(sparseHybridBytes(1000, 100)).toBe(1404);
    expect(sparseSvdBytes([768, 768])).toBe(2 * 16 * 1536);
    expect(sparseSvdBytes([10, 100])).toBeUndefined();
    expect(sparseSvdBytes([5000])).toBeUndefined();
  });
});

describe('estimators', () => {
  test('thresholds of change', () => {
    const found = sparseChangedThresholds(Float32Array.of(0.5, -1.5), Float32Array.of(0, -0.2));
    expect(found.first).toBeCloseTo(0.01, 9);
    expect(found.later).toBe(1e-6);
    expect(found.demo).toBeCloseTo(2e-4, 9);
    expect(sparseChangedThresholds(new Float32Array(1), new Float32Array(1))).toMatchObject({
      first: 1e-4,
      demo: 1e-7,
    });
  });

  test('the ratio of the first one, and the bytes of the later one', () => {
    expect(sparseEstimatedRatio(0)).toBe(1);
    expect(sparseEstimatedRatio(1)).toBeCloseTo(5, 12);
    expect(sparseEstimatedRatio(0.5)).toBeCloseTo(1 / 0.6, 12);
    expect(sparseEstimate({ count: 1000, nonZero: 1000 })).toMatchObject({ method: 'int8', bytes: 1004 });
    expect(sparseEstimate({ count: 1000, nonZero: 100 })).toMatchObject({
      method: 'sparse+int8',
      bytes: 504,
    });
    expect(sparseEstimate({ count: 1000, nonZero: 2 })).toMatchObject({ method: 'sparse', bytes: 12 });
  });

  test('what the later one promises for the method with the fewest bytes', () => {
    const promised = (nonZero: number) => sparseEstimate({ count: 1000, nonZero }).promised;
    expect([promised(1000), promised(100), promised(2)]).toEqual([
      [2, 2],
      [2, 8],
      [2, 20],
    ]);
  });
});

test.each([
  ['sparse', 'float16', 2 / 3],
  ['sparse', 'int8', 5 / 6],
  ['sparseInt8', 'int8', 0.8],
  ['bitmap', 'int8', 0.5625],
  ['bitmapInt8', 'int8', 0.125],
] as const)('%s costs less than %s from sparsity %d on', (one, other, sparsity) => {
  expect(breakEven(STORAGE_COSTS[one], STORAGE_COSTS[other])).toBeCloseTo(sparsity, 8);
});

test('nothing beats the entropy of the places, and float16 never beats int8', () => {
  for (const sparsity of [0.1, 0.5, 0.9, 0.99])
    expect(STORAGE_COSTS.gaps.bitsPerValue(sparsity)).toBeLessThanOrEqual(
      STORAGE_COSTS.bitmap.bitsPerValue(sparsity),
    );
  expect(breakEven(STORAGE_COSTS.float16, STORAGE_COSTS.int8)).toBeUndefined();
});
