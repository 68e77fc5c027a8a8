import { floatsToHalves, halfBitsToFloat } from '../../../../base/float16';
import type { MatrixShape } from '../../../contract/codec';

/** Bits per stored value of the centre. */
const STORED = 16;
/** The maximum of rows that the search reads, so that large tables take no longer. */
const SAMPLE = 4096;

/**
 * Finds the row that most rows are near: tokens that hardly occur in training all have nearly the same vector. It takes medians of
 * the columns, then medians over the half of the rows nearest to those, so that the row is found exactly even if fewer than half
 * of the rows share it. Large tables are sampled at every n-th row. Sums are in float64, on the host.
 * @param step the step that differences will be rounded to
 * @returns float16 bits [columns]; undefined if subtracting the row saves less than it costs
 */
export function chooseCentre(
  all: Float32Array,
  [allRows, columns]: MatrixShape,
  step: number,
): Uint16Array | undefined {
  const values = sampled(all, allRows, columns);
  const rows = values.length / columns;
  const shape = [rows, columns] as const;
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  const first = medians(values, columns, order);
  const near = order.toSorted(byDistance(values, shape, first)).subarray(0, Math.ceil(rows / 2));
  const centre = floatsToHalves(medians(values, columns, near));
  if (centre.some((bits) => (bits & 0x7c00) === 0x7c00)) return undefined;
  const saved = bitsOfRows(values, shape, step) - bitsOfRows(centred(values, centre), shape, step);
  return (saved * allRows) / rows > STORED * columns ? centre : undefined;
}

/** Returns every n-th row. */
function sampled(values: Float32Array, rows: number, columns: number): Float32Array {
  const every = Math.ceil(rows / SAMPLE);
  if (every === 1) return values;
  const sample = new Float32Array(Math.ceil(rows / every) * columns);
  for (let row = 0; row < rows; row += every)
    sample.set(values.subarray(row * columns, (row + 1) * columns), (row / every) * columns);
  return sample;
}

/** Subtracts the centre from every row in float32. */
export function centred(values: Float32Array, centre: Uint16Array): Float32Array {
  const floats = Float32Array.from(centre, halfBitsToFloat);
  return values.map((w, i) => w - floats[i % floats.length]);
}

function medians(values: Float32Array, columns: number, rows: Uint32Array): Float32Array {
  const column = new Float32Array(rows.length);
  return Float32Array.from({ length: columns }, (_, i) => {
    rows.forEach((row, at) => (column[at] = values[row * columns + i]));
    return column.sort()[rows.length >> 1];
  });
}

function byDistance(values: Float32Array, [rows, columns]: MatrixShape, from: Float32Array) {
  const distances = new Float64Array(rows);
  values.forEach((w, i) => (distances[Math.floor(i / columns)] += (w - from[i % columns]) ** 2));
  return (a: number, b: number) => distances[a] - distances[b] || a - b;
}

/** Estimates the bits of normal weights with a variance per row at a step Δ: ½ log2(1 + 12σ² ÷ Δ²) per weight. */
function bitsOfRows(values: Float32Array, [rows, columns]: MatrixShape, step: number): number {
  const squares = new Float64Array(rows);
  values.forEach((w, i) => (squares[Math.floor(i / columns)] += w * w));
  return squares.reduce(
    (sum, each) => sum + (columns / 2) * Math.log2(1 + (12 * each) / columns / (step * step)),
    0,
  );
}
