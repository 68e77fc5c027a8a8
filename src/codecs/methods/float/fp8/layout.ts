import type { Float8Format } from '../../../../base/float8';
import type { MatrixShape } from '../../../contract/codec';
import type { OptionsOf } from '../../../contract/meta';
import { part, type PartsOf } from '../../../contract/parts';
import type meta from './meta';

/** Side of a square block, for which runtimes have kernels. */
const BLOCK = 128;

export interface Fp8Layout {
  rows: number;
  columns: number;
  format: Float8Format;
  /** Rows and columns that share a scale. */
  block: readonly [rows: number, columns: number];
  /** Number of blocks along the rows of the matrix and along its columns. */
  blocks: readonly [down: number, across: number];
  /** Bytes of one row of codes, a multiple of 4. */
  rowBytes: number;
}

export function fp8Layout(
  [rows, columns]: MatrixShape,
  { format, scale }: OptionsOf<typeof meta>,
): Fp8Layout {
  const block = { tensor: [rows, columns], row: [1, columns], block: [BLOCK, BLOCK] } as const;
  const [down, across] = block[scale];
  return {
    ...{ rows, columns, format },
    block: [down, across],
    blocks: [Math.ceil(rows / down), Math.ceil(columns / across)],
    rowBytes: 4 * Math.ceil(columns / 4),
  };
}

/**
 * Defines the parts: `codes` U8 [out, 4·⌈in/4⌉], padded with zeros, and `scales` BF16 [blocks of rows, blocks of columns]. The range of a
 * bfloat16 is that of the weights, and float16 and float32 hold the usual ones as well.
 */
export function fp8Parts({ rows, columns, rowBytes, blocks }: Fp8Layout) {
  return {
    codes: part('codes', 'U8', [rows, rowBytes], { symbols: { rows, perRow: columns, bits: 8 } }),
    scales: part('scales', 'BF16', blocks),
  };
}

export type Fp8Parts = PartsOf<typeof fp8Parts>;

/** Returns the index of the scale of a weight. */
export function scaleIndex({ block, blocks }: Fp8Layout, row: number, column: number): number {
  return Math.floor(row / block[0]) * blocks[1] + Math.floor(column / block[1]);
}
