import { float8Values, type Float8Format } from '../../base/float8';

/** A matrix of 8-bit floats, whose blocks share scales: weight = scale · value of the code. */
export interface ScaledFloat8 extends Float8Sizes {
  kind: 'float8';
  /** [out, in] */
  codes: Uint8Array;
  /** [blocks of rows, blocks of columns] */
  scales: Float32Array;
}

/** The sizes of a matrix of 8-bit floats. */
export interface Float8Sizes {
  outputs: number;
  inputs: number;
  format: Float8Format;
  /** Rows and columns that share a scale: the matrix, a row or a square; blocks at the edges may be smaller. */
  block: readonly [rows: number, columns: number];
}

/** What a packing of 8-bit floats must know before it sees them. */
export interface Float8Scheme extends Float8Sizes {
  kind: 'float8';
}

/** Returns the number of blocks of a matrix, [blocks of rows, blocks of columns]. */
export function blocksOf({ outputs, inputs, block }: Float8Sizes): [rows: number, columns: number] {
  return [Math.ceil(outputs / block[0]), Math.ceil(inputs / block[1])];
}

/** Restores a matrix of 8-bit floats to float32 [out, in]; the product is rounded once. */
export function restoreFloat8(matrix: ScaledFloat8): Float32Array {
  const { outputs, inputs, format, block, codes, scales } = matrix;
  const [, perRow] = blocksOf(matrix);
  const table = float8Values(format);
  const values = new Float32Array(outputs * inputs);
  for (let o = 0, at = 0; o < outputs; o++) {
    const first = Math.floor(o / block[0]) * perRow;
    for (let i = 0; i < inputs; i++, at++)
      values[at] = scales[first + Math.floor(i / block[1])] * table[codes[at]];
  }
  return values;
}
