import { expect, test } from 'vitest';
import { timingOf } from './latency';

test('percentiles, their intervals, and the rate of groups of ten tokens', () => {
  // 200 tokens of 1 … 200 ms in a mixed order.
  const times = Array.from({ length: 200 }, (_, i) => 1 + ((i * 77) % 200));
  const { latency, perSecond } = timingOf(times, 32, 4096);
  expect(latency).toEqual({
    promptTokens: 32,
    tokens: 200,
    p50: { ms: 100.5, ci95: [expect.any(Number), expect.any(Number)] },
    p95: { ms: expect.closeTo(190.05, 9), ci95: [expect.any(Number), expect.any(Number)] },
    // Linear between neighbours: 1 + 0.99 · 199. 200 tokens are too few for an upper end.
    p99: { ms: expect.closeTo(198.01, 9), ci95: [expect.any(Number), null] },
    gpuBytes: 4096,
  });
  for (const { ms, ci95 } of [latency.p50, latency.p95]) {
    expect(ci95[0]).toBeLessThan(ms);
    expect(ci95[1]).toBeGreaterThan(ms);
  }
  expect(perSecond.samples).toHaveLength(20);
  const firstGroup = times.slice(0, 10).reduce((sum, ms) => sum + ms, 0);
  expect(perSecond.samples[0]).toBeCloseTo(10_000 / firstGroup, 9);
});

test('on the CPU there is no GPU memory', () => {
  expect(timingOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 1).latency).not.toHaveProperty('gpuBytes');
});
