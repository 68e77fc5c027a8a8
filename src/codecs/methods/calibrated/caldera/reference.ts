import { cholesky, dampedHessian } from '../../../../calibrate/cholesky';
import type { ReferenceInputs } from '../../../../calibrate/inputs';
import { jacobiSvd } from '../../../../calibrate/svd';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { uniformFeedbackReference } from '../../../kit/errorFeedback/reference';
import { uniformGridReference } from '../../../kit/uniformGrid/reference';
import {
  joinParts,
  leftParts,
  rightParts,
  type CalderaLayout,
  type CalderaParts,
  type Factor,
} from './layout';
import { balance, FACTOR_ROUNDS } from './schedule';
import { solveNormal } from './solve';
import { factorReference, type FactorParts } from './storedFactor';

const NAME = 'The matrix';

export const calderaReference: ReferenceDefinition<CalderaLayout, CalderaParts> = {
  /** Computes Q from W − L·R, then L and R from W − Q (algorithm 1), and keeps the best alternation. */
  encode(values, layout, inputs) {
    const { columns, grid: gridLayout } = layout;
    const hessian = inputs && dampedHessian(inputs.gram, columns, gridLayout.damping, NAME);
    let best: { parts: CalderaParts; error: number } | undefined;
    let factors: ReferenceFactors | undefined;
    for (let i = 0; i < layout.iterations; i++) {
      const rest = factors ? subtract(values, productOf(factors, layout)) : values;
      const grid = uniformFeedbackReference.encode(Float32Array.from(rest), gridLayout, inputs);
      const b = subtract(values, uniformGridReference.decode(grid, gridLayout));
      factors = fitFactors(layout, b, hessian);
      const error = squares(subtract(b, productOf(factors, layout)), columns, inputs);
      if (!best || error < best.error) best = { parts: joinParts(grid, factors.parts), error };
    }
    return best!.parts;
  },

  decode(parts, layout) {
    const values = uniformGridReference.decode(parts, layout.grid);
    const left = factorReference.decode(leftParts(parts), layout.left);
    const right = factorReference.decode(rightParts(parts), layout.right);
    const product = productOf({ left, right }, layout);
    return values.map((value, i) => value + product[i]);
  },
};

/** Lᵀ [rank, out] and R [rank, in] as stored. */
interface Product {
  left: ArrayLike<number>;
  right: ArrayLike<number>;
}

interface ReferenceFactors extends Product {
  parts: Record<Factor, FactorParts>;
}

function subtract(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from(a, (value, i) => value - b[i]);
}

/** Computes L·R, [out, in]. */
function productOf({ left, right }: Product, { rows, columns, rank }: CalderaLayout): Float64Array {
  return multiply(transpose(left, rank, rows), right, rows, rank, columns);
}

/** Computes A [m, k] · B [k, n]. */
function multiply(a: ArrayLike<number>, b: ArrayLike<number>, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let x = 0; x < k; x++) for (let j = 0; j < n; j++) out[i * n + j] += a[i * k + x] * b[x * n + j];
  return out;
}

function transpose(a: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j];
  return out;
}

/** Computes tr(E G Eᵀ), or ‖E‖² without inputs. */
function squares(e: Float64Array, columns: number, inputs?: ReferenceInputs): number {
  const rows = e.length / columns;
  const image = inputs ? multiply(e, inputs.gram, rows, columns, columns) : e;
  return e.reduce((sum, value, i) => sum + value * image[i], 0);
}

/** Finds the L·R nearest to B in the metric of H with each factor as it is stored (algorithm 2). */
function fitFactors(layout: CalderaLayout, b: Float64Array, hessian?: Float64Array): ReferenceFactors {
  const { rows, columns, rank } = layout;
  const root = hessian && cholesky(hessian, columns, NAME);
  const u = jacobiSvd(root ? multiply(b, root, rows, columns, columns) : b, rows, columns).u;
  const start = u.slice(0, rank * rows);
  const right = multiply(start, b, rank, rows, columns);
  balance(start, right, rank);
  let left = store(layout, 'left', start);
  for (let round = 1; ; round++) {
    const stored = store(layout, 'right', fitRight(layout, left.values, b));
    if (round === FACTOR_ROUNDS)
      return { left: left.values, right: stored.values, parts: { left: left.parts, right: stored.parts } };
    left = store(layout, 'left', fitLeft(layout, stored.values, b, hessian));
  }
}

/** Computes R = (LᵀL)⁻¹ LᵀB. */
function fitRight({ rows, columns, rank }: CalderaLayout, left: ArrayLike<number>, b: Float64Array) {
  const gram = multiply(left, transpose(left, rank, rows), rank, rows, rank);
  return solveNormal(gram, multiply(left, b, rank, rows, columns), rank);
}

/** Computes Lᵀ = (R H Rᵀ)⁻¹ R H Bᵀ. */
function fitLeft(
  { rows, columns, rank }: CalderaLayout,
  right: ArrayLike<number>,
  b: Float64Array,
  hessian?: Float64Array,
) {
  const weighted = hessian ? multiply(right, hessian, rank, columns, columns) : right;
  const gram = multiply(weighted, transpose(right, rank, columns), rank, columns, rank);
  return solveNormal(gram, multiply(weighted, transpose(b, rows, columns), rank, columns, rows), rank);
}

function store(layout: CalderaLayout, which: Factor, values: Float64Array) {
  const parts = factorReference.encode(Float32Array.from(values), layout[which]);
  return { parts, values: factorReference.decode(parts, layout[which]) };
}
