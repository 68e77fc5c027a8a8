import { floatsToHalves, roundToHalf } from '../../base/float16';
import { groupsPerRow, unitsOf, UNIT, type TernaryMatrix } from '../../runtime/linear/ternary/ternaryMatrix';
import { benchValues, type MatmulProblem } from '../reference';
import type { ProductShape } from './matmul';

/** Number of columns that share a scale, also in blocks of int8 activations and in the peer's weights. */
export const GEMM_GROUP = 128;

/** A product y[M, N] = x[M, K] · W[N, K]ᵀ with ternary W. */
export interface GemmProblem {
  shape: ProductShape;
  /** The product with W as floats, with which every side must agree. */
  product: MatmulProblem;
  /** W as a ternary matrix. */
  w: TernaryMatrix;
}

/** Returns a seeded product whose weights are −1, 0 and +1 in equal parts, with scales from 0.5 to 1.5. */
export function gemmProblem([m, k, n]: ProductShape): GemmProblem {
  const { matrix, values } = seededTernary(n, k, 2);
  return { shape: [m, k, n], product: { m, k, n, x: benchValues(m * k, 1), w: values }, w: matrix };
}

/** Returns a ternary matrix of random trits and scales, and the values that it represents. */
export function seededTernary(rows: number, columns: number, stream: number) {
  const units = unitsOf(columns);
  const draws = benchValues(rows * columns, stream);
  const codes = new Uint8Array(4 * rows * units);
  const groups = groupsPerRow({ columns, group: GEMM_GROUP });
  const scales = benchValues(rows * groups, stream + 1).map((v) => roundToHalf(1 + v / UNIT));
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < values.length; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const code = draws[i] < -1 / 3 ? 0 : draws[i] > 1 / 3 ? 2 : 1;
    codes[4 * units * row + (column >> 2)] |= code << (2 * (column & 3));
    values[i] = (code - 1) * scales[row * groups + Math.floor(column / GEMM_GROUP)];
  }
  const bytes = new Uint8Array(floatsToHalves(scales).buffer);
  const matrix = { name: 'benchmark W', rows, columns, group: GEMM_GROUP, codes, scales: bytes };
  return { matrix, values };
}
