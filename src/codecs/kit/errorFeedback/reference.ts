import { halfBitsToFloat } from '../../../base/float16';
import { inverseCholesky } from '../../../calibrate/cholesky';
import type { MatrixShape } from '../../contract/codec';
import type { ReferenceDefinition } from '../../contract/defineCodec';
import { zeroedParts } from '../../contract/parts';
import { writeCode } from '../bits';
import { bytesOf16, requireHalfScales } from '../storedFloats';
import { uniformGridParts, type UniformGridParts } from '../uniformGrid/layout';
import {
  codeOffset,
  quantiseToGrid,
  searchScale,
  uniformGridReference,
  type GridScale,
} from '../uniformGrid/reference';
import { orderedHessian } from './hessian';
import type { FeedbackLayout } from './layout';

/** The grid that `feedbackReference` rounds to. */
interface ReferenceGrid {
  /** Prepares a new column, given the row's weights after the feedback of earlier errors. */
  begin?(row: number, column: number, current: Float64Array): void;
  /** Rounds weight w of a row and a column and stores its code. @returns the rounded value */
  round(row: number, column: number, w: number): number;
}

/**
 * Runs algorithm 1 of Frantar et al. 2022 with blocks of one column. In each row, for each position i with column c = order[i], it rounds
 * w_c to ŵ_c and then subtracts (w_c − ŵ_c) ÷ U[i,i] · U[i,j] from w_d for every later position j with column d = order[j].
 * @param u upper triangular by position, with H⁻¹ = UᵀU. If absent, H is the identity.
 */
function feedbackReference(
  values: ArrayLike<number>,
  [rows, columns]: MatrixShape,
  grid: ReferenceGrid,
  order: ArrayLike<number>,
  u?: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    const w = Float64Array.from({ length: columns }, (_, c) => values[row * columns + c]);
    for (let i = 0; i < columns; i++) {
      const column = order[i];
      grid.begin?.(row, column, w);
      const error = w[column] - grid.round(row, column, w[column]);
      if (!u) continue;
      const perUnit = error / u[i * columns + i];
      for (let j = i + 1; j < columns; j++) w[order[j]] -= perUnit * u[i * columns + j];
    }
  }
}

/** The definition of GPTQ: rounding to a uniform grid with error feedback. */
export const uniformFeedbackReference: ReferenceDefinition<FeedbackLayout, UniformGridParts> = {
  encode(values, layout, inputs) {
    const { rows, columns, bits, group, groupsPerRow, rowBytes, actOrder } = layout;
    const parts = zeroedParts(uniformGridParts(layout));
    const scales = new Array<GridScale>(rows * groupsPerRow);
    const groupAt = (row: number, column: number) => row * groupsPerRow + Math.floor(column / group);
    const setScale = (row: number, column: number, weights: ArrayLike<number>) =>
      (scales[groupAt(row, column)] = searchScale(weights, layout));

    const natural = Uint32Array.from({ length: columns }, (_, i) => i);
    const hessian = inputs && orderedHessian(inputs.gram, columns, layout, 'The matrix');
    const u = hessian && inverseCholesky(hessian.h, columns, 'The matrix');
    if (actOrder)
      for (let row = 0; row < rows; row++)
        for (let first = 0; first < columns; first += group) {
          const end = Math.min(first + group, columns);
          setScale(row, first, values.subarray(row * columns + first, row * columns + end));
        }
    const grid: ReferenceGrid = {
      begin(row, column, current) {
        if (!actOrder && column % group === 0)
          setScale(row, column, current.subarray(column, Math.min(column + group, columns)));
      },
      round(row, column, w) {
        const choice = scales[groupAt(row, column)];
        const q = quantiseToGrid(w, choice, layout);
        writeCode(parts.codes, row * rowBytes, column, bits, q + codeOffset(choice, layout));
        return q * halfBitsToFloat(choice.scale);
      },
    };
    feedbackReference(values, [rows, columns], grid, hessian?.order ?? natural, u);

    const { zeros } = parts;
    if (zeros) scales.forEach(({ zero }, i) => writeCode(zeros, 0, i, bits, zero));
    parts.scales = bytesOf16(Uint16Array.from(scales, ({ scale }) => scale));
    requireHalfScales('The matrix', parts.scales);
    return parts;
  },

  decode: uniformGridReference.decode,
  // Without inputs, errors are not fed back, and codes are those of plain rounding.
  requantise: uniformGridReference.requantise,
};
