import { describe, expect, test } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import type { PhaseResult } from '../../../../src/lab/studies/thermodynamic/benchmark';
import { parseThermodynamic } from './options';
import { earlierResults, SCHEMA, thermodynamicText } from './report';

const baseline: PhaseResult = {
  phase: 'baseline',
  weights: 1024,
  milliseconds: { median: 1, ci95: [0.9, 1.1] },
  score: 0.8194,
  activationError: 1e-5,
  clipped: 0,
};
const smoothed: PhaseResult = {
  ...baseline,
  phase: 'phase 2, linear',
  milliseconds: { median: 1.05, ci95: [1, 1.2] },
  overhead: { median: 0.05, ci95: [0.01, 0.2] },
  target: { overhead: 0.1, score: 0.82 },
  score: 0.9984,
  activationError: 0.1,
  clipped: 0.25,
};
const json = (results: unknown) => new TextEncoder().encode(JSON.stringify({ schema: SCHEMA, results }));

describe('the report', () => {
  test('answers first, and judges targets by the intervals', () => {
    const text = thermodynamicText([baseline, smoothed]);
    expect(text.split('\n')[0]).toMatch(/from 0\.8194 to 0\.9984.*from 1\.0e−5 to 0\.100.*25\.0 %/);
    expect(text).toMatch(/\| phase 2, linear .* \| < 10 \| unsure \| 0\.9984 \| ≥ 0\.82 \| met \|/);
    const slow = { ...smoothed, overhead: { median: 0.3, ci95: [0.2, 0.4] as [number, number] }, score: 0.5 };
    expect(thermodynamicText([slow])).toMatch(/\| missed \| 0\.5000 \| ≥ 0\.82 \| missed \|/);
  });

  test('compares with an earlier run by intervals that do not overlap', () => {
    const before = (ci95: [number, number]) =>
      earlierResults('a', json([{ phase: 'baseline', weights: 1024, milliseconds: { ci95 } }]));
    const rows = (ci95: [number, number]) => thermodynamicText([baseline, smoothed], before(ci95));
    expect(rows([0.1, 0.2])).toMatch(/\| slower \|/);
    expect(rows([2, 3])).toMatch(/\| faster \|/);
    expect(rows([0.1, 1])).toMatch(/\| no change seen \|/);
    expect(rows([0.1, 1])).toMatch(/\| new \|/);
  });

  test('refuses other files', () => {
    expect(() => earlierResults('a', new TextEncoder().encode('{'))).toThrow(LabError);
    expect(() => earlierResults('a', json([{ phase: 1 }]))).toThrow(/not a result of this benchmark/);
  });
});

test('reads its options', () => {
  expect(parseThermodynamic([]).seconds).toBe(1);
  expect(() => parseThermodynamic(['--seconds', '0'])).toThrow(LabError);
  expect(() => parseThermodynamic(['extra'])).toThrow(LabError);
});
