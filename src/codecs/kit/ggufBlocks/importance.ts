/** The least importance of a column, as a share of the largest: inputs that were always 0 would leave scales undefined. */
const LEAST = 2 ** -20;

/**
 * Returns the importance of columns from the mean squares of their inputs. It is multiplied by a power of two, so that the largest is
 * about 1, which changes no code.
 */
export function importanceOfColumns(meanSquares: Float32Array): Float32Array {
  const largest = meanSquares.reduce((max, value) => Math.max(max, value), 0);
  if (largest === 0) return new Float32Array(meanSquares.length).fill(1);
  const unit = 2 ** Math.floor(Math.log2(largest));
  return meanSquares.map((value) => Math.max(value, LEAST * largest) / unit);
}
