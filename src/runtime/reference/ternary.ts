import { halfBitsToFloat, roundToHalf } from '../../base/float16';
import type { TernaryMatrix } from '../linear/ternary/ternaryMatrix';
import { int8Row } from './int8';

/**
 * Products y ← α · x · Wᵀ + β · y with ternary weights W[n, k] = t · scale in plain float64 loops (Ma et al. 2024, BitNet
 * b1.58, https://arxiv.org/abs/2402.17764, here with a scale per group).
 */

/** Returns the trit of a column: −1, 0 or +1. */
export function tritAt({ columns, codes }: TernaryMatrix, row: number, column: number): number {
  const byte = row * 4 * Math.ceil(columns / 16) + Math.floor(column / 4);
  return ((codes[byte] >> (2 * (column % 4))) & 3) - 1;
}

/** Returns the scale of a column. */
function ternaryScaleAt({ columns, group, scales }: TernaryMatrix, row: number, column: number): number {
  const at = 2 * (row * Math.ceil(columns / group) + Math.floor(column / group));
  return halfBitsToFloat(scales[at] | (scales[at + 1] << 8));
}

/** The form in which x enters the product. */
export interface ReferenceInput {
  activations: 'float32' | 'float16' | 'int8';
  /** Number of columns of an int8 block. */
  block: number | 'row';
}

/**
 * Returns a row of x as it enters the product: unchanged, rounded to float16, or to 127ths of the largest magnitude of its
 * block.
 */
export function ternaryInput(x: ArrayLike<number>, input: ReferenceInput): Float64Array {
  if (input.activations === 'float32') return Float64Array.from(x);
  if (input.activations === 'float16') return Float64Array.from(x, roundToHalf);
  const block = input.block === 'row' ? x.length : input.block;
  const values = new Float64Array(x.length);
  for (let first = 0; first < x.length; first += block) {
    const { codes, largest } = int8Row(Array.from(x).slice(first, first + block));
    codes.forEach((code, j) => (values[first + j] = (code * largest) / 127));
  }
  return values;
}

/** The factors α and β, and the element of y before the product. */
export interface ReferenceFactors {
  alpha?: number;
  beta?: number;
  before?: number;
}

/** α · sum + β · before, where a factor of 0 leaves out what it multiplies. */
export function combined(sum: number, { alpha = 1, beta = 0, before = 0 }: ReferenceFactors): number {
  return (alpha === 0 ? 0 : alpha * sum) + (beta === 0 ? 0 : beta * before);
}

/** Σ x · W[row]. */
export function ternaryDot(x: ArrayLike<number>, matrix: TernaryMatrix, row: number): number {
  let sum = 0;
  for (let k = 0; k < matrix.columns; k++)
    sum += x[k] * tritAt(matrix, row, k) * ternaryScaleAt(matrix, row, k);
  return sum;
}

/** Σ A[row] · W[output] of two ternary matrices. */
export function ternaryTernaryDot(a: TernaryMatrix, row: number, w: TernaryMatrix, output: number): number {
  let sum = 0;
  for (let k = 0; k < w.columns; k++)
    sum +=
      tritAt(a, row, k) * ternaryScaleAt(a, row, k) * tritAt(w, output, k) * ternaryScaleAt(w, output, k);
  return sum;
}
