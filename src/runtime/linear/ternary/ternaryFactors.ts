import { LabError } from '../../../base/errors';

/** y ← α · x · Wᵀ + β · y. */
export interface ProductFactors {
  /** Default 1. With 0 the product does not count, whatever it is. */
  alpha?: number;
  /** Default 0: y is not read then, so that nothing in it spreads. */
  beta?: number;
}

/**
 * How the kernels apply the factors (shaders/linear/tile.wgsl): not at all where they change nothing.
 * @throws LabError bad-input for one that is no finite float32
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

/** @throws LabError bad-input when the two sides of a product have different K */
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
 * The words with one scale on both sides, given the words per scale of either and of a row: a side with one scale per
 * row never cuts.
 */
export function segmentWords(words: number, one: number, other: number): number {
  if (one >= words) return Math.min(other, words);
  if (other >= words) return one;
  return greatestCommonDivisor(one, other);
}
