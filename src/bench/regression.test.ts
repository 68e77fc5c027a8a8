import { expect, test } from 'vitest';
import { adapterKind, checkRatios, storedRatios } from './regression';
import type { BenchResult } from './types';

function result(name: string, median: number, halfWidth = 0.1, ok = true): BenchResult {
  const side = { name: 'ours', verdict: { ok, maxError: 0, note: '' }, measurement: null };
  const ci95: [number, number] = [median - halfWidth, median + halfWidth];
  return {
    ...{ name, shape: '1×2×3', unit: 'GFLOP/s', ours: side, peer: side, peerNote: '', flags: [] },
    ratio: { median, ci95 },
  };
}

const stored = storedRatios([
  [result('a', 2), result('b', 4, 1)],
  [result('a', 2.2), result('b', 5, 1)],
  [result('a', 1.9), result('b', 4.5, 1)],
]);
const outcomes = (results: BenchResult[]) => checkRatios(results, stored).map(({ outcome }) => outcome);

test('the noise is what several runs found', () => {
  expect(stored.map(({ median }) => median)).toEqual([2, 4.5]);
  expect(stored[0].range[0]).toBeCloseTo(1.8, 12);
  expect(stored[0].range[1]).toBeCloseTo(2.3, 12);
  expect(stored[1].range).toEqual([3, 6]);
});

test('a kernel at half its speed is slower, and one within the noise is not', () => {
  expect(outcomes([result('a', 1), result('b', 2.5)])).toEqual(['slower', 'slower']);
  expect(outcomes([result('a', 1.85), result('b', 3.2)])).toEqual(['ok', 'ok']);
  // An interval that reaches the stored range proves nothing.
  expect(outcomes([result('a', 1, 0.9), result('b', 9)])).toEqual(['ok', 'ok']);
});

test('a case that is missing, does not verify or has no peer is not passed over', () => {
  expect(outcomes([result('a', 2, 0.1, false)])).toEqual(['not-measured', 'not-measured']);
  expect(outcomes([{ ...result('a', 2), ratio: null }, result('b', 4)])).toEqual(['not-measured', 'ok']);
});

test('a case without a ratio in every run is not stored', () =>
  expect(storedRatios([[result('a', 1)], [{ ...result('a', 1), ratio: null }]])).toEqual([]));

test.each([
  [{ vendor: 'mesa', architecture: '', device: '', description: 'llvmpipe: Mesa 25' }, 'lavapipe'],
  [{ vendor: 'google', architecture: 'swiftshader', device: '', description: '' }, 'swiftshader'],
  [{ vendor: 'nvidia', architecture: 'ada-lovelace', device: '', description: 'RTX' }, 'nvidia-ada-lovelace'],
  [{ vendor: '', architecture: '', device: '', description: '' }, 'unnamed'],
])('kind of %j: %s', (names, kind) => {
  const info = { ...names, software: false, subgroupMinSize: 0, subgroupMaxSize: 0 };
  expect(adapterKind(info)).toBe(kind);
});
