import { invariant } from '../../../base/errors';
import type { Gpu } from '../../../gpu/gpu';
import type { ActivationView } from '../linear';
import {
  LOW_BIT_TILES,
  readsOctets,
  rememberedPacked,
  type LowBitVariant,
  type LowBitWeight,
  type PackedChoice,
} from '../lowBitVariants';
import { rowData, uploaded, uploadParts, type RowData, type WeightPart } from '../parts';
import { recordPieces, type ProductKernel } from '../pieces';
import { inVectors, isVectorized } from '../../ops/context';

/**
 * A matrix of grouped integers as stored, W[n, k] = (code − offset) · scale. Bytes are little-endian and may be views into a
 * file.
 */
export interface PackedIntegers {
  /** Shown in errors and buffer labels. */
  name: string;
  rows: number;
  columns: number;
  bits: 2 | 4 | 8;
  /** Columns that share a scale; at least `columns` for one scale per row. */
  group: number;
  /** One offset for all codes, or a bitstream [rows, groups per row] with an integer of `bits` per group. */
  offset: number | Uint8Array;
  /** Bytes [rows, 4·⌈columns·bits/32⌉]: each row is a bitstream of codes, padded to 4 bytes. */
  codes: Uint8Array;
  /** Finite float16 [rows, groups per row]. */
  scales: Uint8Array;
}

/** Returns whether the packed kernels support codes of this width, which must never straddle two words. */
export function packedSupports(bits: number): bits is 2 | 4 | 8 {
  return bits === 2 || bits === 4 || bits === 8;
}

/** Parts start at multiples of 32 rows so that their scales and zero points start at a word. */
const ROW_ALIGN = 32;

/**
 * Uploads a linear layer that multiplies directly from packed integers, without a dense copy. Weights over the binding limit
 * are split by rows. The caller keeps the bytes and disposes of the result.
 * @param choose picks the kernels of products
 * @throws LabError limit, out-of-memory
 */
export async function packedIntegerLinear(
  gpu: Gpu,
  packed: PackedIntegers,
  choose: PackedChoice = rememberedPacked,
): Promise<LowBitWeight> {
  checkLengths(packed);
  const { rows, columns, bits, group } = packed;
  return uploaded(gpu, (scope) => {
    const parts = uploadParts(gpu, scope, packed, ROW_ALIGN, rowsOf(packed));
    const kernel = kernelOf(packed);
    const octets = hasOctets(packed);
    return {
      rows,
      columns,
      async record(call, variant) {
        const sizes = { rows: call.rows, columns, outputs: call.range?.rows ?? rows, bits, group, octets };
        const chosen = variant ?? (await choose(gpu, sizes));
        await recordPieces(call, { rows, columns, parts }, kernel(call.x, chosen));
      },
    };
  });
}

/** Returns whether eight columns never cross a row or a group. */
export function hasOctets({ columns, group }: Pick<PackedIntegers, 'columns' | 'group'>): boolean {
  return columns % 8 === 0 && (group >= columns || group % 8 === 0);
}

/** Returns the kernel for a layout of x and a variant. */
function kernelOf(
  packed: PackedIntegers,
): (x: ActivationView, variant: LowBitVariant) => ProductKernel<WeightPart> {
  const { columns, bits, offset } = packed;
  const group = Math.min(packed.group, columns);
  const zeros = typeof offset !== 'number';
  const counts = { columns, wordsPerRow: wordsPerRow(packed), groupsPerRow: groupsPerRow(packed), group };
  return (x, variant) => {
    const octets = readsOctets(variant);
    const vec4 = !octets && isVectorized(columns, group, x.stride, x.column);
    const centred = offset === 2 ** (bits - 1);
    return {
      module: `linear/packed/${variant}`,
      conditions: { [`bits${bits}`]: true, zeros, ...(octets ? { octets, centred } : { vec4 }) },
      tile: LOW_BIT_TILES[variant],
      x: vec4 ? inVectors(x) : x,
      params: { ...counts, offset: zeros ? 0 : offset },
      bindings: ({ buffers }) => ({ x: x.buffer, ...buffers }),
    };
  };
}

function rowsOf(packed: PackedIntegers): Record<string, RowData> {
  const { codes, scales, offset, bits } = packed;
  const groups = groupsPerRow(packed);
  return {
    codes: rowData(codes, 4 * wordsPerRow(packed)),
    scales: rowData(scales, 2 * groups),
    ...(typeof offset !== 'number' && { zeros: rowData(offset, (groups * bits) / 8) }),
  };
}

function groupsPerRow({ columns, group }: PackedIntegers): number {
  return Math.ceil(columns / group);
}

function wordsPerRow({ columns, bits }: PackedIntegers): number {
  return Math.ceil((columns * bits) / 32);
}

function checkLengths(packed: PackedIntegers): void {
  const { name, rows, bits, group, offset, codes, scales } = packed;
  const groups = rows * groupsPerRow(packed);
  invariant(packedSupports(bits) && group > 0, `${name}: ${bits} bits in groups of ${group}`);
  invariant(codes.length === 4 * rows * wordsPerRow(packed), `${name}: ${codes.length} bytes of codes`);
  invariant(scales.length === 2 * groups, `${name}: ${scales.length} bytes of scales`);
  const zeros = typeof offset === 'number' || offset.length === 4 * Math.ceil((groups * bits) / 32);
  invariant(zeros, `${name}: zero points of the wrong length`);
}
