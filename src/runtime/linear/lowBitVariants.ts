import type { Gpu } from '../../gpu/gpu';
import type { UploadedWeight } from './parts';
import type { Tile } from './pieces';

/** The kernels that every product from integer codes has. */
export type LowBitVariant = 'matrix' | 'row' | 'gemv';
export const LOW_BIT_VARIANTS: readonly LowBitVariant[] = ['matrix', 'row', 'gemv'];

/** The tiles of these kernels, whose files are shaders/linear/<packed, int8 or ternary>/<variant>.wgsl. */
export const LOW_BIT_TILES: Readonly<Record<LowBitVariant, Tile>> = {
  /** A tile of 4 × 4 in registers. */
  matrix: { tileRows: 32, tileOutputs: 32 },
  /** One row at a time without barriers, for decoding on software adapters. */
  row: { tileRows: 1, tileOutputs: 256 },
  /** Up to 4 rows, with 16 threads for the columns of each output, for decoding on hardware adapters. */
  gemv: { tileRows: 4, tileOutputs: 4 },
};

/** A weight matrix of integer codes; `record` chooses the kernel by adapter and rows unless it is given one. */
export type LowBitWeight = UploadedWeight<LowBitVariant>;

/** Number of rows up to which a product counts as a decoding step. */
const MAX_DECODE_ROWS = 4;

/** Returns the kernel for an adapter and a number of rows. */
export function chooseLowBitVariant(gpu: Gpu, rows: number): LowBitVariant {
  if (gpu.info.software) return rows === 1 ? 'row' : 'matrix';
  return rows <= MAX_DECODE_ROWS ? 'gemv' : 'matrix';
}
