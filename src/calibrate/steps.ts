import { LabError } from '../base/errors';

/** What a layer reads at one time step of a diffusion model, on calibration data. */
export interface StepInputs {
  timestep: number;
  min: number;
  max: number;
  /** Numbers of values in equal parts of [min, max]; all in the first part if all values are equal. */
  histogram: Uint32Array;
  /** Some of the rows, [rows, columns]. */
  rows: Float32Array;
}

/** Parts of a step's range: eight for each of 256 codes. */
const HISTOGRAM_PARTS = 2048;
/** Rows that are kept of a step. */
const KEPT_ROWS = 16;

/**
 * Sums up the inputs [rows, columns] of a layer at one time step.
 * @throws LabError not-finite for values that are not finite
 */
export function stepInputs(timestep: number, values: Float32Array, columns: number): StepInputs {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) throw notFinite(timestep);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const histogram = new Uint32Array(HISTOGRAM_PARTS);
  const factor = max > min ? HISTOGRAM_PARTS / (max - min) : 0;
  for (const value of values) histogram[Math.min(HISTOGRAM_PARTS - 1, Math.floor((value - min) * factor))]++;
  return { timestep, min, max, histogram, rows: someRows(values, columns) };
}

/** Returns the middle of a part of a step's histogram. */
export function partMiddle({ min, max, histogram }: StepInputs, part: number): number {
  return min + ((part + 0.5) * (max - min)) / histogram.length;
}

/** Returns the share of a step's activations outside a range. */
export function shareOutside(step: StepInputs, { min, max }: { min: number; max: number }): number {
  let [outside, total] = [0, 0];
  step.histogram.forEach((count, part) => {
    const value = partMiddle(step, part);
    total += count;
    if (value < min || value > max) outside += count;
  });
  return outside / total;
}

/** Returns rows at equal distances. */
function someRows(values: Float32Array, columns: number): Float32Array {
  const count = values.length / columns;
  const kept = Math.min(KEPT_ROWS, count);
  const rows = new Float32Array(kept * columns);
  for (let i = 0; i < kept; i++) {
    const from = Math.floor(((i + 0.5) * count) / kept) * columns;
    rows.set(values.subarray(from, from + columns), i * columns);
  }
  return rows;
}

function notFinite(timestep: number): LabError {
  return new LabError(
    'not-finite',
    `Activations of the model are not finite at time step ${timestep}.`,
    'The model overflows on its own samples: use another checkpoint.',
  );
}
