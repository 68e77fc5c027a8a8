import { BLOCK_FIELDS } from './fields';
import type { BlocksLayout } from './layout';

/**
 * Magnitudes for which no product of a search leaves the normal float32 numbers, which adapters may flush to 0: of the largest weight
 * of a group, and of any weight that is not 0. The searches multiply up to eight weights.
 */
const LEAST_OF_GROUP = 2 ** -14;
const LEAST = 2 ** -40;
const LARGEST = 2 ** 10;

/** Returns the rows that hold a block of zeros, or magnitudes outside this range. */
export function extraordinaryRows(
  { type, columns, blockSize }: BlocksLayout,
  values: Float32Array,
): readonly number[] {
  const { group } = BLOCK_FIELDS[type];
  const found: number[] = [];
  for (let row = 0; row * columns < values.length; row++)
    if (!isOrdinary(values.subarray(row * columns, (row + 1) * columns), blockSize, group)) found.push(row);
  return found;
}

function isOrdinary(row: Float32Array, blockSize: number, group: number): boolean {
  for (let block = 0; block < row.length; block += blockSize) {
    let ofBlock = 0;
    for (let from = block; from < block + blockSize; from += group) {
      const largest = largestOrdinary(row, from, from + group);
      if (largest !== 0 && !(largest >= LEAST_OF_GROUP && largest <= LARGEST)) return false;
      ofBlock = Math.max(ofBlock, largest);
    }
    if (ofBlock === 0) return false;
  }
  return true;
}

/** Returns the largest magnitude, or NaN if one is neither 0 nor at least `LEAST`. */
function largestOrdinary(values: Float32Array, from: number, to: number): number {
  let largest = 0;
  for (let i = from; i < to; i++) {
    const size = Math.abs(values[i]);
    if (size < LEAST && size !== 0) return NaN;
    if (size > largest) largest = size;
  }
  return largest;
}
