import { LabError } from '../../../base/errors';

/** The factors of a product y ← α · x · Wᵀ + β · y. */
export interface ProductFactors {
  /** Default 1. With 0 the product is left out, even if it is not finite. */
  alpha?: number;
  /** Default 0. With 0 the old y is not read, so that a NaN in it does not spread. */
  beta?: number;
}

/**
 * Returns the conditions and parameters with which the kernels apply the factors (shaders/linear/tile.wgsl). Factors that
 * change nothing are left out.
 * @throws LabError bad-input for a factor that is not a finite float32
 */
export function factorChoice({ alpha = 1, beta = 0 }: ProductFactors): {
  conditions: Record<string, boolean>;
  params: Record<string, number>;
} {
  for (const [name, value] of Object.entries({ alpha, beta }))
    if (!Number.isFinite(Math.fround(value)))
      throw new LabError(
        'bad-input',
        `${name} is ${value}; it must be a finite float32.`,
        `Give ${name} a number such as 1.`,
      );
  return {
    conditions: { alpha: alpha !== 1, beta: beta !== 0 },
    params: { ...(alpha !== 1 && { alpha }), ...(beta !== 0 && { beta }) },
  };
}

/** @throws LabError bad-input when the two sides of a product have different numbers of columns */
export function checkColumns(x: number, { name, columns }: { name: string; columns: number }): void {
  if (x === columns) return;
  throw new LabError(
    'bad-input',
    `The left side of the product has ${x} columns; ${name} has ${columns}.`,
    'Multiply matrices with the same number of columns.',
  );
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * Returns the number of words of a segment, in which both sides of a product have one scale each.
 * @param words words of a row
 * @param left words per scale of one side; `words` or more for one scale per row
 * @param right words per scale of the other side
 */
export function segmentWords(words: number, left: number, right: number): number {
  if (left >= words) return Math.min(right, words);
  if (right >= words) return left;
  return greatestCommonDivisor(left, right);
}
