import { partMiddle, type StepInputs } from '../../../../calibrate/steps';
import type { GroupParameters, StepRange } from '../../../../diffusion/thermodynamic/timeGroups';
import { roundedInput } from '../../../../models/inputRounding';
import type { SourceTensor } from '../../../contract/codec';
import type { TimeGroupOptions } from './options';

/** Share of the activations outside the range `percentile`, half of it at each end. */
const OUTSIDE = 0.001;
/** Factors by which the grid search shrinks each end of a range. */
const SHRINKS = Array.from({ length: 20 }, (_, i) => 1 - 0.04 * i);
/** Rows of a group on which the grid search computes the output error. */
const SEARCHED_ROWS = 32;

/** The weights of the layer that reads the activations. */
type Layer = Pick<SourceTensor, 'values' | 'shape'>;

/** How the range of a group of steps is found. */
export const RANGES: Readonly<
  Record<
    TimeGroupOptions['range'],
    (steps: readonly StepInputs[], layer: Layer, maxCode: number) => StepRange
  >
> = {
  minmax: unionOf,
  percentile: (steps) => rangeWithin(steps, OUTSIDE),
  grid: searchedRange,
};

/** Returns the range that holds all activations of some steps. */
export function unionOf(steps: readonly StepInputs[]): StepRange {
  return {
    min: Math.min(...steps.map(({ min }) => min)),
    max: Math.max(...steps.map(({ max }) => max)),
  };
}

/** Returns the range that leaves out a share of the activations of some steps, half of it at each end. */
export function rangeWithin(steps: readonly StepInputs[], outside: number): StepRange {
  const parts = steps.flatMap((step) =>
    Array.from(step.histogram, (count, part) => ({ count, value: partMiddle(step, part) })),
  );
  const present = parts.filter(({ count }) => count > 0).sort((a, b) => a.value - b.value);
  const total = present.reduce((sum, { count }) => sum + count, 0);
  const end = (ordered: typeof present) => {
    let left = (total * outside) / 2;
    return ordered.find(({ count }) => (left -= count) < 0)!.value;
  };
  return { min: end(present), max: end(present.toReversed()) };
}

/**
 * Returns scale and real-valued zero point of a range, which is widened to hold 0 so that 0 has a code.
 * @returns undefined if nothing but 0 is in the range
 */
export function parametersOf({ min, max }: StepRange, maxCode: number): GroupParameters | undefined {
  const low = Math.min(0, min);
  const scale = Math.fround((Math.max(0, max) - low) / maxCode);
  return scale > 0 && scale < Infinity ? { scale, zeroPoint: -low / scale } : undefined;
}

/** Returns parameters as they are stored, with a zero point that is a code. */
export function storedParameters({ scale, zeroPoint }: GroupParameters, maxCode: number): GroupParameters {
  return { scale: Math.fround(scale), zeroPoint: Math.min(maxCode, Math.max(0, Math.round(zeroPoint))) };
}

/** Shrinks the upper end of the range, then the lower one, to where the layer's outputs have the least squared error. */
function searchedRange(steps: readonly StepInputs[], layer: Layer, maxCode: number): StepRange {
  const rows = rowsOf(steps, layer.shape[1]);
  const { min, max } = unionOf(steps);
  const best = (ranges: readonly StepRange[]) => {
    const errors = ranges.map((range) => outputSquaredError(rows, layer, range, maxCode));
    return ranges[errors.indexOf(Math.min(...errors))];
  };
  const upper = best(SHRINKS.map((shrink) => ({ min, max: max * shrink })));
  return best(SHRINKS.map((shrink) => ({ min: min * shrink, max: upper.max })));
}

/** Returns some of the rows of a group, from all of its steps alike. */
function rowsOf(steps: readonly StepInputs[], columns: number): Float32Array[] {
  const all = steps.flatMap(({ rows }) =>
    Array.from({ length: rows.length / columns }, (_, i) => rows.subarray(i * columns, (i + 1) * columns)),
  );
  const kept = Math.min(SEARCHED_ROWS, all.length);
  return Array.from({ length: kept }, (_, i) => all[Math.floor((i * all.length) / kept)]);
}

/** Sums the squares of (x̂ − x) · Wᵀ over some rows. */
export function outputSquaredError(
  rows: readonly Float32Array[],
  { values, shape: [outputs, columns] }: Layer,
  range: StepRange,
  maxCode: number,
): number {
  const real = parametersOf(range, maxCode);
  if (!real) return Infinity;
  const parameters = storedParameters(real, maxCode);
  let squares = 0;
  for (const row of rows) {
    const error = Float64Array.from(row, (x) => roundedInput(x, parameters, maxCode) - x);
    for (let out = 0; out < outputs; out++) {
      let sum = 0;
      for (let column = 0; column < columns; column++) sum += values[out * columns + column] * error[column];
      squares += sum ** 2;
    }
  }
  return squares;
}
