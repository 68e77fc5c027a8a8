import { expect, test } from 'vitest';
import { imageSamples, unpackBits } from './imageSamples';

test('blocks count right answers, gains and losses, and keep every image', () => {
  const right = Array.from({ length: 45 }, (_, i) => i % 3 !== 0);
  const baseline = Array.from({ length: 45 }, (_, i) => i % 2 === 0);
  const samples = imageSamples(right, baseline);
  expect(samples.map((s) => s.images)).toEqual([32, 13]);
  expect(samples.flatMap(unpackBits)).toEqual(right);
  expect(samples[0].bits).toMatch(/^6db6db6d/);
  for (const sample of samples)
    expect(sample.correct - sample.baselineCorrect).toBe(sample.gained - sample.lost);
  expect(samples.reduce((sum, s) => sum + s.gained, 0)).toBe(
    right.filter((r, i) => r && !baseline[i]).length,
  );
});
