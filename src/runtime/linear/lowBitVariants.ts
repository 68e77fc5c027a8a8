import type { Gpu } from '../../gpu/gpu';
import type { UploadedWeight } from './parts';
import type { Tile } from './pieces';

/** The kernels every product straight from integer codes has. */
export type LowBitVariant = 'matrix' | 'row' | 'gemv';
export const LOW_BIT_VARIANTS: readonly LowBitVariant[] = ['matrix', 'row', 'gemv'];

/** Tiles of these kernels, which lie in shaders/linear/<packed, int8 or ternary>/<variant>.wgsl. */
export const LOW_BIT_TILES: Readonly<Record<LowBitVariant, Tile>> = {
  /** 4 × 4 in registers. */
  matrix: { tileRows: 32, tileOutputs: 32 },
  /** A row at a time, without barriers: decoding on software adapters. */
  row: { tileRows: 1, tileOutputs: 256 },
  /** Up to 4 rows, columns shared by 16 threads: decoding on hardware adapters. */
  gemv: { tileRows: 4, tileOutputs: 4 },
};

/** A weight of integer codes; `record` chooses the kernel by adapter and rows unless it is given one. */
export type LowBitWeight = UploadedWeight<LowBitVariant>;

/** Rows up to which a product is a decoding step. */
const FEW_ROWS = 4;

export function chooseLowBitVariant(gpu: Gpu, rows: number): LowBitVariant {
  if (gpu.info.software) return rows === 1 ? 'row' : 'matrix';
  return rows <= FEW_ROWS ? 'gemv' : 'matrix';
}
