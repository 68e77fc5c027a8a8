import { expect, test } from 'vitest';
import { computeTable } from './report';

test('a row says how many times faster the CPU is, and how far losses are apart', () => {
  const summary = (median: number) => ({
    median,
    ci95: [median - 0.5, median + 0.5] as [number, number],
    samples: [],
  });
  const row = {
    model: 'stories260K',
    codecs: 8,
    gpuSeconds: summary(40),
    cpuSeconds: summary(16),
    speedup: summary(2.5),
    forwardSpeedup: summary(4.125),
    gpuEstimate: summary(1.25),
    cpuEstimate: summary(0.75),
    lossDifference: 5.6e-7,
  };
  expect(computeTable([row]).split('\n')[2]).toBe(
    '| stories260K | 8 | 40.0 | 16.0 | 2.50 [2.00, 3.00] | 4.13 [3.63, 4.63] | 1.25 [0.75, 1.75] | 0.75 [0.25, 1.25] | 5.6e−7 |',
  );
});
