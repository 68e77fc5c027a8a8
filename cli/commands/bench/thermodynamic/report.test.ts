import { describe, expect, test } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import type { PhaseResult } from '../../../../src/lab/studies/thermodynamic/benchmark';
import type { ImageFigure } from '../../../../src/lab/images/measures';
import { PLAIN_FORM, SMOOTH_FORM } from '../../../../src/lab/studies/thermodynamic/forms';
import type { ModelStudy, ScheduleRow } from '../../../../src/lab/studies/thermodynamic/model';
import { modelText } from './modelReport';
import { parseThermodynamic } from './options';
import { partsText } from './partsReport';
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

const figure = (value: number, low: number, high: number): ImageFigure => ({ value, ci95: [low, high] });

/** A row of the study. */
function row(name: string, mode: ScheduleRow['mode'], drift: number, delta?: ImageFigure): ScheduleRow {
  return {
    ...{ name, mode, codec: name, bytes: 1000, smoothness: 0.7, clipped: 0.001 },
    ...{ noise: figure(drift / 10, 0, 1), drift: figure(drift, 0, 9), driftDelta: delta },
    ...{ frechet: { distance: figure(4, 3, 5) }, asFloat: figure(0.9, 0.8, 1) },
    stepMs: { median: 20, p95: 30 },
  };
}

describe('the study of a model', () => {
  const target = { score: 0.82, lessLoss: [0.2, 0.3] as const };
  const study = (smooth: ImageFigure): ModelStudy => ({
    request: parseThermodynamic(['--model', 'dit-fashion-mnist']).study!,
    ...{ images: 80, float: figure(4, 3, 5), realImages: figure(1, 0.5, 2) },
    weights: row('weights alone', 'weights', 0.1),
    sections: [
      {
        activations: 4,
        rows: [
          row(PLAIN_FORM, 'plain', 5),
          { ...row('phase 2, linear', 'faithful', 3, figure(-2, -3, -1)), smoothness: 0.9, target },
          row(SMOOTH_FORM, 'corrected', 5, smooth),
        ],
      },
    ],
  });

  test('answers by the paired interval of smoothing over steps', () => {
    expect(modelText(study(figure(-1, -2, -0.5)))).toMatch(
      /same bits\? \*\*Yes\*\*: .*by −1\.00 \[−2\.00, −0\.50\] \(better\)/,
    );
    expect(modelText(study(figure(0.5, -0.1, 1)))).toMatch(/\*\*No\*\*: .*no difference seen/);
  });

  test('sets the published targets beside what was measured', () => {
    const text = modelText(study(figure(0, -1, 1)));
    expect(text).toMatch(
      /\| phase 2, linear \| faithful .* \| 0\.900 \| ≥ 0\.82 \| met \| .* \| 40\.0 \| ≥ 20 \| met \|/,
    );
    expect(text).toContain('80 images');
  });
});

test('the published parts are a table of profiles and a sentence', () => {
  const text = partsText({
    profiles: [
      { name: 'edge', bits: 2, groups: 5, groupSize: 256, score: 0.6, minScore: 0.65, accepted: undefined },
    ],
    speeds: [{ method: 'cubic', ratio: 1.05, published: 1.2 }],
    ...{ entropyBits: 2, equalised: 0.5, smoothed: 0.01 },
  });
  expect(text).toMatch(/\| edge \| 2 \| 256 \| 5 \| 0\.6000 \| ≥ 0\.65 \| missed \| none \|/);
  expect(text).toContain('cubic 1.05 (1.2)');
});

test('reads its options', () => {
  expect(parseThermodynamic([]).seconds).toBe(1);
  expect(parseThermodynamic([]).study).toBeUndefined();
  const { study } = parseThermodynamic(['--model', 'dit-fashion-mnist', '--activations', '6,4']);
  expect(study).toMatchObject({ activations: [6, 4], steps: 20, samples: 8 });
  expect(() => parseThermodynamic(['--steps', '9'])).toThrow(/--steps is for a model/);
  expect(() => parseThermodynamic(['--model', 'dit-fashion-mnist', '--activations', '5'])).toThrow(/"5"/);
  expect(() => parseThermodynamic(['--model', 'none'])).toThrow(/no model "none"/);
  expect(() => parseThermodynamic(['--seconds', '0'])).toThrow(LabError);
  expect(() => parseThermodynamic(['extra'])).toThrow(LabError);
});
