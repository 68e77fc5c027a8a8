import type { Gpu } from '../../../gpu/gpu';
import type { Tile } from '../pieces';
import { tuningKey, type ProductSizes } from '../tuningKey';

/** A float32 kernel of y = x · Wᵀ (+ b). All have the same bindings and parameters (shaders/linear/dense/common.wgsl). */
export interface DenseVariant extends Tile {
  /** shaders/<module>.wgsl */
  module: string;
  /** How W and x are read: both as vec4 where K and the layout of x allow it, as scalars, or W as vec4 and x as scalars. */
  reads: 'vec4' | 'scalar' | 'vec4 with scalar x';
}

export const DENSE_VARIANTS = {
  /** A tile of 4 × 4 in registers: portable, and fast on software adapters. */
  register: { module: 'linear/dense/register', tileRows: 32, tileOutputs: 32, reads: 'vec4' },
  /** A tile of 8 × 4 in registers. */
  wide: { module: 'linear/dense/wide', tileRows: 32, tileOutputs: 32, reads: 'vec4' },
  /** A tile of 8 × 4 with x shared within subgroups, for software adapters; K must be a multiple of 4. */
  subgroup: { module: 'linear/dense/subgroup', tileRows: 8, tileOutputs: 64, reads: 'vec4 with scalar x' },
  /** The same with 16 × 4: the fastest on software adapters from 9 rows on. */
  subgroupTall: {
    module: 'linear/dense/subgroupTall',
    tileRows: 16,
    tileOutputs: 64,
    reads: 'vec4 with scalar x',
  },
  /** A tile of 64 × 64 through workgroup memory, for hardware adapters. */
  tiled: { module: 'linear/dense/tiled', tileRows: 64, tileOutputs: 64, reads: 'scalar' },
  /** One row at a time without barriers, for decoding on software adapters. */
  row: { module: 'linear/dense/row', tileRows: 1, tileOutputs: 256, reads: 'vec4' },
  /** Up to 4 rows, with 16 threads for the columns of each output, for decoding on hardware adapters. */
  gemv: { module: 'linear/dense/gemv', tileRows: 4, tileOutputs: 4, reads: 'vec4' },
} as const satisfies Record<string, DenseVariant>;
export type DenseVariantName = keyof typeof DENSE_VARIANTS;

/** Number of rows up to which a product counts as a decoding step. */
const MAX_DECODE_ROWS = 4;

/** Returns the variants worth timing for these sizes; the first is used where nothing is timed. */
export function denseCandidates(gpu: Gpu, { rows, columns }: ProductSizes): DenseVariantName[] {
  const subgroup = hasSubgroupVariants(gpu, columns) ? subgroupVariants(gpu, rows) : [];
  if (!gpu.info.software)
    return rows <= MAX_DECODE_ROWS ? ['gemv', 'row', 'register'] : ['tiled', ...subgroup, 'wide', 'register'];
  if (rows === 1) return ['row', 'gemv'];
  return rows <= MAX_DECODE_ROWS ? ['register', 'row', 'gemv'] : [...subgroup, 'wide', 'register', 'tiled'];
}

/** Returns the subgroup kernels for a number of rows. SwiftShader, with subgroups of 4, compiles the larger tile for seconds. */
function subgroupVariants({ info }: Gpu, rows: number): DenseVariantName[] {
  const tall = rows > DENSE_VARIANTS.subgroup.tileRows && info.subgroupMinSize >= 8;
  return tall ? ['subgroupTall', 'subgroup'] : ['subgroup'];
}

/** Returns whether the subgroup kernels can run: they need subgroups of at least 4 and a W that can be read as vec4. */
function hasSubgroupVariants({ features, info }: Gpu, columns: number): boolean {
  return features.subgroups && info.subgroupMinSize >= 4 && columns % 4 === 0;
}

/** Returns the key under which a kernel is remembered. Whether K is a multiple of 4 decides whether W can be read as vec4. */
export function denseKey(gpu: Gpu, sizes: ProductSizes): string {
  return tuningKey(gpu, sizes.columns % 4 === 0 ? 'dense' : 'dense scalar', sizes);
}
