import { halfBitsToFloat } from '../../../../base/float16';
import { roundHalfAway } from '../../../../base/rounding';
import { dampedHessian, inverseCholesky } from '../../../../calibrate/cholesky';
import type { ReferenceInputs } from '../../../../calibrate/inputs';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { MAX_LEVEL, TRELLIS_ROWS, ZERO_CODE, type GridLayout, type GridParts } from './layout';
import {
  allStepBits,
  chooseSteps,
  partsFromSteps,
  centreValues,
  readSteps,
  rowFactors,
  rowNormalisation,
} from './steps';
import { levelValue, NEXT_STATE, trellisLevels } from './trellis';

/** Computes U with H⁻¹ = UᵀU for the damped Gram matrix H. */
function inverseFactor({ columns, feedback, damping }: GridLayout, inputs?: ReferenceInputs) {
  if (!inputs || !feedback) return undefined;
  const h = dampedHessian(inputs.gram, columns, damping, 'The matrix');
  return inverseCholesky(h, columns, 'The matrix');
}

/** Rounds a column to levels: each weight to the nearest, or jointly by a trellis in runs of 128 rows. */
function roundColumn(column: Float64Array, step: number, trellis: boolean): Int32Array {
  const levels = new Int32Array(column.length);
  if (step === 0) return levels;
  if (!trellis) return levels.map((_, row) => clamp(roundHalfAway(column[row] / step)));
  for (let first = 0; first < column.length; first += TRELLIS_ROWS)
    levels.set(trellisLevels(column.subarray(first, first + TRELLIS_ROWS).map((w) => w / (step / 2))), first);
  return levels;
}

const clamp = (q: number) => Math.max(-MAX_LEVEL, Math.min(MAX_LEVEL, q));

/** Returns the values of a column's levels. */
function columnValues(levels: Int32Array, step: number, trellis: boolean): Float64Array {
  let state = 0;
  return Float64Array.from(levels, (level, row) => {
    if (row % TRELLIS_ROWS === 0) state = 0;
    const value = (levelValue(level, state) * step) / 2;
    if (trellis) state = NEXT_STATE[state][Math.abs(level) % 2];
    return value;
  });
}

export const gridReference: ReferenceDefinition<GridLayout, GridParts> = {
  /** Rounds column by column and compensates for the errors in the columns that follow (GPTQ, algorithm 1). */
  encode(values, layout, inputs, rowCounts) {
    const { rows, columns, rowBytes, trellis } = layout;
    const u = inverseFactor(layout, inputs);
    const diagonal = u && Float64Array.from({ length: columns }, (_, i) => u[i * columns + i]);
    const steps = chooseSteps(values, layout, diagonal, 'The matrix', rowCounts);
    const parts = partsFromSteps(layout, steps);
    const { codes } = parts;
    const normalise = rowNormalisation(steps, rows);
    // The GPU normalises in float32.
    const w = Float64Array.from(values, (value, i) =>
      normalise
        ? Math.fround(
            Math.fround(value - normalise.centre[i % columns]) * normalise.factors[Math.floor(i / columns)],
          )
        : value,
    );
    allStepBits(steps).forEach((bits, i) => {
      const step = halfBitsToFloat(bits);
      const column = Float64Array.from({ length: rows }, (_, row) => w[row * columns + i]);
      const levels = roundColumn(column, step, trellis);
      const rounded = columnValues(levels, step, trellis);
      for (let row = 0; row < rows; row++) {
        codes[row * rowBytes + i] = levels[row] + ZERO_CODE;
        const error = column[row] - rounded[row];
        for (let j = i + 1; u && j < columns; j++)
          w[row * columns + j] -= (error / u[i * columns + i]) * u[i * columns + j];
      }
    });
    return parts;
  },

  decode(parts, layout) {
    const { rows, columns, rowBytes, trellis } = layout;
    const { codes } = parts;
    const values = new Float32Array(rows * columns);
    const steps = readSteps(parts, layout, 'The matrix');
    const factors = rowFactors(rows, steps.rowCodes);
    const centre = centreValues(steps);
    allStepBits(steps).forEach((bits, i) => {
      const levels = Int32Array.from({ length: rows }, (_, row) => codes[row * rowBytes + i] - ZERO_CODE);
      columnValues(levels, halfBitsToFloat(bits), trellis).forEach(
        (value, row) => (values[row * columns + i] = value * factors[row] + centre[i]),
      );
    });
    return values;
  },
};
