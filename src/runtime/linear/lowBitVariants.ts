import type { Gpu } from '../../gpu/gpu';
import type { Tile } from './pieces';

/** The kernels every product straight from integer codes has. */
export type LowBitVariant = 'matrix' | 'row' | 'gemv';
export const LOW_BIT_VARIANTS: readonly LowBitVariant[] = ['matrix', 'row', 'gemv'];

interface LowBitKernel extends Tile {
  /** What follows the family's name, `linear/packed` or `linear/int8`. */
  suffix: string;
}

export const LOW_BIT_KERNELS: Readonly<Record<LowBitVariant, LowBitKernel>> = {
  /** 4 × 4 in registers. */
  matrix: { suffix: '', tileRows: 32, tileOutputs: 32 },
  /** A row at a time, without barriers: decoding on software adapters. */
  row: { suffix: 'Row', tileRows: 1, tileOutputs: 256 },
  /** Up to 4 rows, columns shared by 16 threads: decoding on hardware adapters. */
  gemv: { suffix: 'Gemv', tileRows: 4, tileOutputs: 4 },
};

/** Rows up to which a product is a decoding step. */
const FEW_ROWS = 4;

export function chooseLowBitVariant(gpu: Gpu, rows: number): LowBitVariant {
  if (gpu.info.software) return rows === 1 ? 'row' : 'matrix';
  return rows <= FEW_ROWS ? 'gemv' : 'matrix';
}
