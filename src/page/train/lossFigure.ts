import type { TrainStep } from '../../platform/browser/pausedTraining';
import { TRAIN_STAGES, type TrainStage } from '../../lab/train/plan';

export interface LossPoint {
  step: number;
  loss: number;
}

/** The losses of one stage. */
export interface LossSeries {
  stage: TrainStage;
  /** The losses, or means of neighbouring steps if there are more than `MAX_POINTS`. */
  raw: readonly LossPoint[];
  /** The running mean over the steps so far. */
  smooth: readonly LossPoint[];
}

export interface Size {
  width: number;
  height: number;
}

/** The paths and ticks of the loss curve, in pixels. */
export interface LossFigure {
  series: readonly (LossSeries & { rawPath: string; smoothPath: string; end: { x: number; y: number } })[];
  x: readonly Tick[];
  y: readonly Tick[];
  /** Decimals of the values on the y axis. */
  decimals: number;
}

interface Tick {
  value: number;
  /** Pixels from the left or the top. */
  at: number;
}

export const MARGIN = { left: 46, right: 14, top: 10, bottom: 30 } as const;

const MAX_POINTS = 400;
/** Weight of the earlier steps in the running mean. */
const DECAY = 0.9;

/** Returns the losses of each stage, in the order in which the stages run. */
export function lossSeries(steps: readonly TrainStep[]): LossSeries[] {
  return TRAIN_STAGES.flatMap((stage) => {
    const points = steps
      .filter((each) => each.stage === stage && Number.isFinite(each.report.loss))
      .map(({ report: { step, loss } }) => ({ step, loss }));
    return points.length > 0
      ? [{ stage, raw: downsampled(points), smooth: downsampled(runningMean(points)) }]
      : [];
  });
}

/** Computes the exponential moving average with the bias correction of Adam, so that it starts at the first loss. */
export function runningMean(points: readonly LossPoint[]): LossPoint[] {
  let mean = 0;
  let weight = 0;
  return points.map(({ step, loss }) => {
    mean = DECAY * mean + (1 - DECAY) * loss;
    weight = DECAY * weight + (1 - DECAY);
    return { step, loss: mean / weight };
  });
}

/** Averages groups of neighbouring points, so that at most `max` points are left. */
export function downsampled(points: readonly LossPoint[], max = MAX_POINTS): LossPoint[] {
  const each = Math.ceil(points.length / max);
  if (each <= 1) return [...points];
  const means: LossPoint[] = [];
  for (let first = 0; first < points.length; first += each) {
    const some = points.slice(first, first + each);
    const mean = (of: (p: LossPoint) => number) => some.reduce((sum, p) => sum + of(p), 0) / some.length;
    means.push({ step: mean((p) => p.step), loss: mean((p) => p.loss) });
  }
  return means;
}

/** Returns about `count` round numbers from low to high. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/**
 * Computes the paths and ticks of the loss curve.
 * @param steps steps of the longest stage, which set the width of the axis before they are taken
 */
export function lossFigure(series: readonly LossSeries[], steps: number, size: Size): LossFigure {
  const losses = series.flatMap((each) => each.raw.map((p) => p.loss));
  const [low, high] = padded(Math.min(...losses), Math.max(...losses));
  const inner = {
    width: Math.max(1, size.width - MARGIN.left - MARGIN.right),
    height: Math.max(1, size.height - MARGIN.top - MARGIN.bottom),
  };
  const x = (step: number) => MARGIN.left + (inner.width * step) / Math.max(1, steps);
  const y = (loss: number) => MARGIN.top + (inner.height * (high - loss)) / (high - low);
  const values = ticks(low, high, inner.height / 34);
  const path = (points: readonly LossPoint[]) =>
    points.map((p, i) => `${i ? 'L' : 'M'}${round(x(p.step))} ${round(y(p.loss))}`).join('');
  return {
    series: series.map((each) => {
      const last = each.smooth.at(-1)!;
      const end = { x: round(x(last.step)), y: round(y(last.loss)) };
      return { ...each, rawPath: path(each.raw), smoothPath: path(each.smooth), end };
    }),
    x: ticks(0, steps, inner.width / 90)
      .filter(Number.isInteger)
      .map((value) => ({ value, at: round(x(value)) })),
    y: values.map((value) => ({ value, at: round(y(value)) })),
    decimals: decimalsOf(values[1] - values[0]),
  };
}

/** Returns the number of decimals that distinguish two neighbouring ticks. */
function decimalsOf(distance: number): number {
  return distance > 0 ? Math.max(0, -Math.floor(Math.log10(distance) + 1e-9)) : 3;
}

/** Adds a margin above and below, also for a constant loss. */
function padded(low: number, high: number): [number, number] {
  const room = 0.06 * (high - low) || Math.max(1e-3, 0.05 * Math.abs(high));
  return [low - room, high + room];
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
