import type { Gpu } from '../../gpu/gpu';
import type { UploadedWeight } from './parts';
import type { Tile } from './pieces';
import { rememberedKernel, tuningKey, type ProductSizes } from './tuningKey';

/** The kernels of products from integer codes. */
export type LowBitVariant = 'matrix' | 'row' | 'gemv' | 'subgroup' | 'subgroupRow';
const LOW_BIT_VARIANTS: readonly LowBitVariant[] = ['matrix', 'row', 'gemv', 'subgroup', 'subgroupRow'];

/** The tiles of these kernels, whose files are shaders/linear/<packed, int8 or ternary>/<variant>.wgsl. */
export const LOW_BIT_TILES: Readonly<Record<LowBitVariant, Tile>> = {
  /** A tile of 4 × 4 in registers. */
  matrix: { tileRows: 32, tileOutputs: 32 },
  /** One row at a time without barriers, for decoding on software adapters. */
  row: { tileRows: 1, tileOutputs: 256 },
  /** Up to 4 rows, with 16 threads for the columns of each output, for decoding on hardware adapters. */
  gemv: { tileRows: 4, tileOutputs: 4 },
  /** 8 × 4 in registers with x shared by subgroup broadcasts: the fastest on software adapters. */
  subgroup: { tileRows: 8, tileOutputs: 64 },
  /** One row at a time, likewise. */
  subgroupRow: { tileRows: 1, tileOutputs: 64 },
};

/** A weight matrix of integer codes; `record` chooses the kernel by adapter and rows unless it is given one. */
export type LowBitWeight = UploadedWeight<LowBitVariant>;

/** Number of rows up to which a product counts as a decoding step. */
const MAX_DECODE_ROWS = 4;

/** Returns whether a kernel reads eight columns of float32 rows at a time (shaders/linear/octets.wgsl). */
export function readsOctets(variant: LowBitVariant): boolean {
  return variant === 'subgroup' || variant === 'subgroupRow';
}

/** Returns the kernels that can multiply a weight, with or without those that read eight columns of its rows at a time. */
export function lowBitVariants(octets: boolean): LowBitVariant[] {
  return LOW_BIT_VARIANTS.filter((variant) => octets || !readsOctets(variant));
}

/**
 * Returns the kernels worth timing; the first is used where nothing is timed.
 * @param octets whether the weight and its rows can be read eight columns at a time
 */
export function lowBitCandidates({ info, features }: Gpu, rows: number, octets: boolean): LowBitVariant[] {
  const subgroups = octets && features.subgroups && info.subgroupMinSize >= 8;
  const decodes = rows <= MAX_DECODE_ROWS;
  const shared: LowBitVariant[] = subgroups ? [decodes ? 'subgroupRow' : 'subgroup'] : [];
  if (!info.software) return decodes ? ['gemv', ...shared, 'row'] : ['matrix', ...shared];
  return [...shared, rows === 1 ? 'row' : 'matrix'];
}

/** What a choice of kernel for packed integers depends on. */
export interface PackedSizes extends ProductSizes {
  bits: number;
  group: number;
  /** Whether the weight and its rows can be read eight columns at a time. */
  octets: boolean;
}

/** Chooses the kernel of a product of packed integers. */
export type PackedChoice = (gpu: Gpu, sizes: PackedSizes) => Promise<LowBitVariant>;

/** The kernel that was the fastest for products of these sizes, otherwise by adapter and rows. */
export const rememberedPacked: PackedChoice = (gpu, sizes) =>
  rememberedKernel(gpu, packedKey(gpu, sizes), lowBitCandidates(gpu, sizes.rows, sizes.octets));

/** Returns the key under which a kernel is remembered. */
export function packedKey(gpu: Gpu, { bits, octets, ...sizes }: PackedSizes): string {
  return tuningKey(gpu, `int${bits}${octets ? '' : ' single'}`, sizes);
}
