import { expect, test } from 'vitest';
import { sampleRecord } from '../../../../testing/sampleRecord';
import type { LabRecord } from '../../../results/record';
import { againstBaseline, againstOpponent, brokenRule } from './rule';

const same = { isSlower: false, isFaster: false, isWorse: false, isBetter: false, isSmaller: false };

test('slower must show quality or size, worse must show speed or size', () => {
  expect(brokenRule(same)).toBeUndefined();
  expect(brokenRule({ ...same, isSlower: true })).toBe('slower, and neither better nor smaller');
  expect(brokenRule({ ...same, isSlower: true, isSmaller: true })).toBeUndefined();
  expect(brokenRule({ ...same, isSlower: true, isBetter: true })).toBeUndefined();
  expect(brokenRule({ ...same, isWorse: true })).toBe('worse, and neither faster nor smaller');
  expect(brokenRule({ ...same, isWorse: true, isFaster: true })).toBeUndefined();
  expect(brokenRule({ ...same, isWorse: true, isSmaller: true })).toBeUndefined();
});

function record(median: number, delta: [number, number], ratioFloat32: number): LabRecord {
  const { quality, size, speed } = sampleRecord();
  const ci95: [number, number] = [median - 10, median + 10];
  return sampleRecord({
    quality: { ...quality, deltaPercentCi95: delta },
    size: { ...size, ratioFloat32 },
    speed: { ...speed, prefillTokensPerSecond: { median, ci95, samples: [median] } },
  });
}

test('differences count only where the intervals show them', () => {
  const baseline = record(1000, [0, 0], 1);
  expect(againstBaseline(record(1015, [-1, 2], 1), baseline)).toEqual(same);
  expect(againstBaseline(record(900, [1, 2], 0.4), baseline)).toEqual({
    ...same,
    isSlower: true,
    isWorse: true,
  });
  expect(againstBaseline(record(1100, [-2, -1], 2), baseline)).toEqual({
    ...same,
    isFaster: true,
    isBetter: true,
    isSmaller: true,
  });
});

test('accuracy falls where perplexity rises', () => {
  const { quality } = sampleRecord();
  const images = sampleRecord({
    quality: { ...quality, task: 'image-accuracy', deltaPercentCi95: [-5, -2] },
  });
  expect(againstBaseline(images, sampleRecord())).toMatchObject({ isWorse: true, isBetter: false });
});

test('plain rounding in no more bytes leaves only speed and quality', () => {
  const worse = record(1000, [1, 2], 8);
  expect(againstOpponent(worse, record(1000, [0, 1], 8.1))).toEqual({ ...same, isWorse: true });
});
