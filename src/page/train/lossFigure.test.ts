import { describe, expect, it } from 'vitest';
import type { TrainStep } from '../../platform/browser/pausedTraining';
import { lossFigure, lossSeries, MARGIN, runningMean, downsampled, ticks } from './lossFigure';

const step = (stage: TrainStep['stage'], index: number, loss: number): TrainStep => ({
  stage,
  report: {
    step: index,
    loss,
    nll: loss,
    learningRate: 0.001,
    gradientNorm: 1,
    correct: 0,
    count: 1,
    milliseconds: 10,
  },
});
const points = (losses: readonly number[]) => losses.map((loss, i) => ({ step: i + 1, loss }));

describe('loss curve', () => {
  it('separates stages in the order in which they run', () => {
    const series = lossSeries([step('control', 1, 3), step('fresh', 1, 5), step('fresh', 2, 4)]);
    expect(series.map((s) => [s.stage, s.raw.length])).toEqual([
      ['fresh', 2],
      ['control', 1],
    ]);
  });

  it('has a running mean that starts at the first loss and approaches a constant loss', () => {
    const mean = runningMean(points([8, ...Array<number>(60).fill(2)]));
    expect(mean[0].loss).toBeCloseTo(8, 12);
    // By hand: (0.9 · 0.1 · 8 + 0.1 · 2) ÷ (0.9 · 0.1 + 0.1)
    expect(mean[1].loss).toBeCloseTo(0.92 / 0.19, 12);
    // Remaining contribution of the 8 after 60 steps: 6 · 0.1 · 0.9⁶⁰ ÷ (1 − 0.9⁶¹)
    expect(mean[60].loss - 2).toBeCloseTo((6 * 0.1 * 0.9 ** 60) / (1 - 0.9 ** 61), 12);
  });

  it('draws long runs as means of neighbouring steps', () => {
    const thin = downsampled(points(Array.from({ length: 1000 }, (_, i) => i)), 400);
    expect(thin.length).toBeLessThanOrEqual(400);
    expect(thin[0]).toEqual({ step: 2, loss: 1 });
    // Groups of three, of which the last has one point.
    expect(thin.at(-1)).toEqual({ step: 1000, loss: 999 });
  });

  it('has ticks at round numbers', () => {
    expect(ticks(0, 200, 5)).toEqual([0, 50, 100, 150, 200]);
    expect(ticks(0.31, 0.52, 4)).toHaveLength(2);
    expect(ticks(3, 3, 4)).toEqual([3]);
  });

  it('draws the last step at the end of the axis and the smallest loss lowest', () => {
    const size = { width: 400, height: 200 };
    const series = lossSeries([step('qat', 1, 4), step('qat', 10, 2)]);
    const figure = lossFigure(series, 10, size);
    const [[x1, y1], [x2, y2]] = figure.series[0].rawPath
      .slice(1)
      .split('L')
      .map((p) => p.split(' ').map(Number));
    expect(x2).toBe(size.width - MARGIN.right);
    expect(x1).toBeCloseTo(MARGIN.left + (size.width - MARGIN.left - MARGIN.right) / 10, 1);
    expect(y1).toBeLessThan(y2);
    expect(Math.min(y1, y2)).toBeGreaterThan(MARGIN.top);
    expect(Math.max(y1, y2)).toBeLessThan(size.height - MARGIN.bottom);
  });

  it('draws a constant loss', () => {
    const figure = lossFigure(lossSeries([step('qat', 1, 2), step('qat', 2, 2)]), 2, {
      width: 300,
      height: 100,
    });
    expect(figure.series[0].smoothPath).toMatch(/^M[\d.]+ [\d.]+L[\d.]+ [\d.]+$/);
  });
});
