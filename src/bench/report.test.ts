import { expect, test } from 'vitest';
import { MATMULS_ONLY } from './cases/modelMatmuls';
import { benchRow, benchTable, targetLines } from './report';
import type { BenchResult, SideResult } from './types';

function side(name: string, median: number | null): SideResult {
  const ok = median !== null;
  const measurement = ok && {
    median,
    ci95: [median * 0.9, median * 1.1] as [number, number],
    samples: [median],
    timer: 'wall-clock' as const,
    repeats: 1,
  };
  return {
    name,
    verdict: { ok, maxError: ok ? 1e-7 : 0.25, note: 'entries' },
    measurement: measurement || null,
  };
}

function result(more: Partial<BenchResult>): BenchResult {
  const ratio = { median: 2, ci95: [1.5, 2.5] as [number, number] };
  const sides = { ours: side('ours', 200), peer: side('ort', 100), peerNote: '', ratio };
  return { name: 'case', shape: '1×2×3', unit: 'tokens/s', flags: [], ...sides, ...more };
}

test('a line has both medians with intervals, and the ratio', () => {
  const [, , line] = benchTable([result({})]).split('\n');
  expect(line).toContain(
    '| case | 1×2×3 | tokens/s | 200 [180, 220] | 100 [90.0, 110] | 2.00 [1.50, 2.50] |',
  );
});

test('a side that did not verify is FAIL with its error and without a rate', () => {
  const failed = result({ ours: side('ours', null), ratio: null });
  const [, , line] = benchTable([failed]).split('\n');
  expect(line).toContain('| FAIL | 100 [90.0, 110] | – | FAIL (2.5e-1) / yes (1.0e-7) |');
  expect(benchRow(failed)).toMatchObject({ ours: null, verified: false });
  expect(benchRow(failed).note).toContain('FAIL ours: error 2.5e-1 (entries)');
});

test.each([
  [[1.5, 2.5], 'target of 1 reached'],
  [[0.5, 0.9], 'target of 1 not reached'],
  [[0.9, 1.1], 'not decided by these samples'],
] as const)('an interval of %j of the ratio reads "%s"', ([low, high], words) => {
  const ratio = { median: (low + high) / 2, ci95: [low, high] as [number, number] };
  const lines = targetLines([result({ name: `perplexity m${MATMULS_ONLY}`, ratio }), result({})]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(words);
});
