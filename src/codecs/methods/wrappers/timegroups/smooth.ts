import type { StepInputs } from '../../../../calibrate/steps';
import { interpolationWeight, type Interpolation } from '../../../../diffusion/thermodynamic/smoothing';
import type { StepRange } from '../../../../diffusion/thermodynamic/timeGroups';
import { rangeWithin } from './ranges';

/** Neighbouring steps `start` ≤ i < `end` with one range. */
export interface RangedGroup {
  start: number;
  end: number;
  range: StepRange;
}

/** How ranges pass from one group to the next. */
interface StepSmoothing {
  method: Interpolation;
  /** Steps on each side of a boundary that are smoothed, at most half of a group. */
  window: number;
  /** Largest share of a step's activations that its range may leave out. */
  clipped: number;
}

/**
 * Gives every step a range of its own: near a boundary one between those of the two groups, widened to hold all but a share of the step's
 * activations.
 */
export function smoothSteps(
  steps: readonly StepInputs[],
  groups: readonly RangedGroup[],
  smoothing: StepSmoothing,
): RangedGroup[] {
  const ranges = groups.flatMap(({ start, end, range }) => Array.from({ length: end - start }, () => range));
  groups.slice(1).forEach((right, i) => smoothBoundary(ranges, [groups[i], right], steps, smoothing));
  return ranges.map((range, start) => ({ start, end: start + 1, range }));
}

function smoothBoundary(
  ranges: StepRange[],
  [left, right]: readonly [RangedGroup, RangedGroup],
  steps: readonly StepInputs[],
  { method, window, clipped }: StepSmoothing,
): void {
  const half = Math.min(
    window,
    ...[left, right].map(({ start, end }) => Math.max(1, Math.floor((end - start) / 2))),
  );
  for (let i = right.start - half; i < right.start + half; i++) {
    const weight = interpolationWeight(method, (i - (right.start - half) + 0.5) / (2 * half));
    const between = (a: number, b: number) => (1 - weight) * a + weight * b;
    const needed = rangeWithin([steps[i]], clipped);
    ranges[i] = {
      min: Math.min(between(left.range.min, right.range.min), needed.min),
      max: Math.max(between(left.range.max, right.range.max), needed.max),
    };
  }
}
