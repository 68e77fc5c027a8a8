import type { Gpu } from '../../../gpu/gpu';
import type { Tile } from '../pieces';

/** A float32 kernel of y = x · Wᵀ + b; all take the same bindings and parameters (shaders/linear/dense/common.wgsl). */
export interface DenseVariant extends Tile {
  /** shaders/<module>.wgsl */
  module: string;
  /** Reads W as vec4 where K allows; x as well where its layout does, or as scalars always. */
  reads: 'vec4' | 'scalar' | 'vec4 with scalar x';
}

export const DENSE_VARIANTS = {
  /** 4 × 4 in registers: the portable one, fast on software adapters. */
  register: { module: 'linear/dense/register', tileRows: 32, tileOutputs: 32, reads: 'vec4' },
  /** 8 × 4 in registers. */
  wide: { module: 'linear/dense/wide', tileRows: 32, tileOutputs: 32, reads: 'vec4' },
  /** 8 × 4, x handed round in the subgroup: the fastest on software adapters; K a multiple of 4. */
  subgroup: { module: 'linear/dense/subgroup', tileRows: 8, tileOutputs: 64, reads: 'vec4 with scalar x' },
  /** 64 × 64 through workgroup memory: hardware adapters. */
  tiled: { module: 'linear/dense/tiled', tileRows: 64, tileOutputs: 64, reads: 'scalar' },
  /** A row at a time, without barriers: decoding on software adapters. */
  row: { module: 'linear/dense/row', tileRows: 1, tileOutputs: 256, reads: 'vec4' },
  /** Up to 4 rows, columns shared by 16 threads: decoding on hardware adapters. */
  gemv: { module: 'linear/dense/gemv', tileRows: 4, tileOutputs: 4, reads: 'vec4' },
} as const satisfies Record<string, DenseVariant>;
export type DenseVariantName = keyof typeof DENSE_VARIANTS;

/** Sizes of one product: M rows of x, K columns, N outputs. */
export interface DenseSizes {
  rows: number;
  columns: number;
  outputs: number;
}

/** Rows up to which a product is a decoding step. */
const FEW_ROWS = 4;

/** The variants worth trying for these sizes, the safest bet first. */
export function denseCandidates(gpu: Gpu, { rows, columns }: DenseSizes): DenseVariantName[] {
  const subgroup: DenseVariantName[] = hasSubgroupVariant(gpu, columns) ? ['subgroup'] : [];
  if (!gpu.info.software)
    return rows <= FEW_ROWS ? ['gemv', 'row', 'register'] : ['tiled', ...subgroup, 'wide', 'register'];
  if (rows === 1) return ['row', 'gemv'];
  return rows <= FEW_ROWS ? ['register', 'row', 'gemv'] : [...subgroup, 'wide', 'register', 'tiled'];
}

/** Whether the subgroup kernel can run: subgroups of at least 4, and W readable as vec4. */
function hasSubgroupVariant({ features, info }: Gpu, columns: number): boolean {
  return features.subgroups && info.subgroupMinSize >= 4 && columns % 4 === 0;
}
