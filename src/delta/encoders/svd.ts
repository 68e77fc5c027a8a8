import { floatsToHalves, halvesToFloats } from '../../base/float16';
import { KeyedRandom } from '../../base/random';
import { truncatedSvd, type LinearOperator } from '../../calibrate/svd';
import { CorruptData } from '../../codecs/kit/entropyCoding/bitio';
import type { DeltaEncoder } from '../encoder';
import { rowsOf } from '../int8';
import { packPlanes, unpackPlanes } from '../packing';
import { differenceOf, restoredValues } from '../pair';

const STREAM = 0x57d;
/** Ranks that are tried, until one holds the limit. A rank must take fewer values than half of the matrix. */
const RANKS = [1, 2, 4, 8, 16, 32, 64];

/** Stores the difference of a matrix as a product of two factors of low rank in float16. */
const svd: DeltaEncoder = {
  id: 'svd',
  label: 'two factors of low rank in float16',
  isExact: false,
  async encode(pair, { maxError, seed }) {
    const { rows, columns } = rowsOf(pair.shape);
    const ranks = RANKS.filter((rank) => 2 * rank * (rows + columns) < rows * columns);
    if (ranks.length === 0) return undefined;
    const difference = differenceOf(pair);
    const found = await truncatedSvd(
      operator(difference, rows, columns),
      ranks.at(-1)!,
      new KeyedRandom(seed, STREAM),
    );
    const total = difference.reduce((sum, value) => sum + value * value, 0);
    const rank = ranks.find((each) => restError(found.values, each, total) <= maxError);
    if (rank === undefined) return undefined;
    // Each factor gets the root of the singular value, so that both are of one size.
    const factor = (vectors: Float64Array, length: number) =>
      floatsToHalves(
        Float64Array.from(
          vectors.subarray(0, rank * length),
          (value, i) => value * Math.sqrt(found.values[Math.floor(i / length)]),
        ),
      );
    const halves = Uint16Array.from([...factor(found.u, rows), ...factor(found.v, columns)]);
    if (halves.some((half) => (half & 0x7c00) === 0x7c00)) return undefined;
    return { parts: packPlanes(new Uint8Array(halves.buffer), 2), settings: { rank } };
  },
  decode({ parts, settings: { rank }, shape, dtype, base }) {
    const { rows, columns } = rowsOf(shape);
    if (!Number.isInteger(rank) || rank < 1 || rank > Math.min(rows, columns))
      throw new CorruptData('its rank is out of range');
    const halves = new Uint16Array(unpackPlanes(parts, rank * (rows + columns), 2).buffer);
    const factors = halvesToFloats(halves);
    if (!factors.every(Number.isFinite)) throw new CorruptData('a factor is not finite');
    const [u, v] = [factors.subarray(0, rank * rows), factors.subarray(rank * rows)];
    const difference = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let k = 0; k < rank; k++) sum += u[k * rows + row] * v[k * columns + column];
        difference[row * columns + column] = sum;
      }
    return restoredValues(dtype, base, difference);
  },
};
export default svd;

/** Returns ‖Δ − Δ_rank‖ ÷ ‖Δ‖ from the largest singular values. */
function restError(values: Float64Array, rank: number, total: number): number {
  const kept = values.subarray(0, rank).reduce((sum, value) => sum + value * value, 0);
  return total === 0 ? 0 : Math.sqrt(Math.max(0, total - kept) / total);
}

function operator(matrix: Float32Array, rows: number, columns: number): LinearOperator {
  return {
    rows,
    columns,
    times: async (x, count) => products(matrix, { rows, columns }, x, count, false),
    timesTransposed: async (y, count) => products(matrix, { rows, columns }, y, count, true),
  };
}

/** Returns the products of the matrix, or of its transpose, with vectors that are rows of x. */
function products(
  matrix: Float32Array,
  { rows, columns }: { rows: number; columns: number },
  x: Float64Array,
  count: number,
  isTransposed: boolean,
): Float64Array {
  const [from, to] = isTransposed ? [rows, columns] : [columns, rows];
  const out = new Float64Array(count * to);
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < count; k++) {
      let sum = 0;
      for (let column = 0; column < columns; column++) {
        const value = matrix[row * columns + column];
        if (isTransposed) out[k * to + column] += value * x[k * from + row];
        else sum += value * x[k * from + column];
      }
      if (!isTransposed) out[k * to + row] = sum;
    }
  return out;
}
