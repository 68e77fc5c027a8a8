import { damaged } from '../../../contract/parts';

/** The input columns that are coded as int8 and those that stay in float16, both ascending. */
export interface ColumnSplit {
  kept: Uint32Array;
  outliers: Uint32Array;
}

/** The bit that marks an outlier column in `columnPlaces`. */
export const OUTLIER = 0x80000000;

/**
 * Finds the `count` columns of largest Euclidean norm over W [out, in] (float64 sums; of equal norms the first). It runs on the
 * host so that every adapter chooses the same columns.
 */
export function largestColumns(values: Float32Array, columns: number, count: number): Uint32Array {
  const squares = new Float64Array(columns);
  for (let first = 0; first < values.length; first += columns)
    for (let column = 0; column < columns; column++) squares[column] += values[first + column] ** 2;
  const order = Uint32Array.from(squares, (_, column) => column);
  order.sort((a, b) => squares[b] - squares[a] || a - b);
  return order.slice(0, count).sort();
}

/** Splits the columns into the outliers and the others, ascending. */
export function splitColumns(columns: number, outliers: Uint32Array): ColumnSplit {
  const isOutlier = new Uint8Array(columns);
  for (const column of outliers) isOutlier[column] = 1;
  const all = Uint32Array.from({ length: columns }, (_, column) => column);
  return { kept: all.filter((column) => !isOutlier[column]), outliers };
}

/** Returns for each column its position among the kept ones, or OUTLIER + its position among the outliers. */
export function columnPlaces({ kept, outliers }: ColumnSplit): Uint32Array {
  const places = new Uint32Array(kept.length + outliers.length);
  kept.forEach((column, i) => (places[column] = i));
  outliers.forEach((column, i) => (places[column] = OUTLIER + i));
  return places;
}

/** Reads stored column numbers. @throws LabError bad-file unless they ascend and exist */
export function storedColumns(name: string, bytes: Uint8Array | undefined, columns: number): Uint32Array {
  const numbers = bytes ? new Uint32Array(bytes.slice().buffer) : new Uint32Array();
  const wrong = numbers.findIndex((column, i) => column >= columns || (i > 0 && column <= numbers[i - 1]));
  if (wrong >= 0) throw damaged(name, `outlier column ${wrong} is number ${numbers[wrong]} of ${columns}`);
  return numbers;
}
