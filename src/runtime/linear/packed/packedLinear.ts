import { invariant } from '../../../base/errors';
import type { Gpu } from '../../../gpu/gpu';
import type { BindingValue } from '../../../gpu/recorder';
import type { LinearCall, LinearWeight } from '../linear';
import { splitRows, type RowRange } from '../matrix';
import { isVectorized } from '../../ops/context';
import { chooseLowBitVariant, LOW_BIT_TILES, type LowBitVariant } from '../lowBitVariants';
import { linearPieces, pieceGrid, pieceParams } from '../pieces';

/**
 * A matrix of grouped integers as stored: W[n, k] = (code − offset) · scale.
 * All bytes are little-endian and may be views into a file.
 */
export interface PackedIntegers {
  /** Shown in errors and buffer labels. */
  name: string;
  rows: number;
  columns: number;
  bits: 2 | 4 | 8;
  /** Columns that share a scale; at least `columns` for one scale per row. */
  group: number;
  /** One offset for all codes, or a bitstream of one integer of `bits` per group [rows, groups per row]. */
  offset: number | Uint8Array;
  /** [rows, 4·⌈columns·bits/32⌉]: each row a bitstream of codes, padded to 4 bytes. */
  codes: Uint8Array;
  /** float16 [rows, groups per row], all finite. */
  scales: Uint8Array;
}

/** Whether the packed kernels can multiply by codes of this width: those that never straddle two words. */
export function packedSupports(bits: number): bits is 2 | 4 | 8 {
  return bits === 2 || bits === 4 || bits === 8;
}

/**
 * A linear layer that multiplies straight from packed integers; no dense copy ever exists. Weights over the binding
 * limit are split by rows. The caller keeps the bytes and owns the result: `dispose` frees it.
 * @throws LabError limit, out-of-memory
 */
export async function packedIntegerLinear(gpu: Gpu, packed: PackedIntegers): Promise<LinearWeight> {
  checkLengths(packed);
  const weight = new PackedWeight(gpu, packed);
  try {
    await gpu.buffers.settled();
  } catch (error) {
    weight.dispose();
    throw error;
  }
  return weight;
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

/** Rows [firstRow, firstRow + rows) on the GPU. */
interface PackedPart extends RowRange {
  codes: GPUBuffer;
  scales: GPUBuffer;
  zeros?: GPUBuffer;
}

/** Parts start at multiples of 32 rows, so that each part's scales and zero points start at a word. */
const ROW_ALIGN = 32;

class PackedWeight implements LinearWeight {
  readonly rows: number;
  readonly columns: number;
  readonly bytes: number;
  private readonly gpu: Gpu;
  private readonly parts: readonly PackedPart[];
  private readonly conditions: Record<string, boolean>;
  private readonly params: Record<string, number>;

  constructor(gpu: Gpu, packed: PackedIntegers) {
    const { rows, columns, bits, offset } = packed;
    this.gpu = gpu;
    this.rows = rows;
    this.columns = columns;
    this.conditions = { [`bits${bits}`]: true, zeros: typeof offset !== 'number' };
    this.params = {
      wordsPerRow: wordsPerRow(packed),
      groupsPerRow: groupsPerRow(packed),
      group: Math.min(packed.group, columns),
      offset: typeof offset === 'number' ? offset : 0,
    };
    this.parts = uploadParts(gpu, packed);
    this.bytes = this.buffers().reduce((sum, buffer) => sum + buffer.size, 0);
  }

  async record(call: LinearCall): Promise<void> {
    await recordVariant(call, this, chooseLowBitVariant(call.gpu, call.rows));
  }

  /** What the kernels of this file need to know; not part of LinearWeight. */
  get packed() {
    const { rows, columns, parts, conditions, params } = this;
    return { rows, columns, parts, conditions, params };
  }

  dispose(): void {
    for (const buffer of this.buffers()) this.gpu.buffers.release(buffer);
  }

  private buffers(): GPUBuffer[] {
    return this.parts.flatMap(({ codes, scales, zeros }) =>
      zeros ? [codes, scales, zeros] : [codes, scales],
    );
  }
}

/** Records a product by a given kernel: for tests and timing; `record` chooses by adapter and rows. */
export async function recordPacked(
  call: LinearCall,
  weight: LinearWeight,
  variant: LowBitVariant,
): Promise<void> {
  invariant(weight instanceof PackedWeight, 'the weight is not packed');
  await recordVariant(call, weight, variant);
}

async function recordVariant(call: LinearCall, weight: PackedWeight, variant: LowBitVariant): Promise<void> {
  const { gpu, x, y, bias, recorder } = call;
  const { columns, conditions, params } = weight.packed;
  const tile = LOW_BIT_TILES[variant];
  const vec4 = isVectorized(columns, params.group, x.stride, x.column);
  const kernel = await gpu.kernels.get({
    module: `linear/packed/${variant}`,
    conditions: { bits2: false, bits4: false, bits8: false, ...conditions, vec4, bias: bias !== undefined },
  });
  for (const piece of linearPieces(call, weight.packed, tile)) {
    const { codes, scales, zeros } = piece.part;
    const bindings: Record<string, BindingValue> = { x: x.buffer, codes, scales, y: y.buffer };
    if (zeros) bindings.zeros = zeros;
    if (bias) bindings.bias = bias.parts[0].buffer;
    recorder.dispatch(kernel, {
      params: { ...pieceParams(call, columns, piece), ...params },
      bindings,
      ...pieceGrid(piece, columns, tile),
    });
  }
}

function uploadParts(gpu: Gpu, packed: PackedIntegers): PackedPart[] {
  const { name, rows, codes, scales, offset, bits } = packed;
  const codeBytes = 4 * wordsPerRow(packed);
  const groups = groupsPerRow(packed);
  const rowBytes = Math.max(codeBytes, 2 * groups);
  const upload = (bytes: Uint8Array, from: number, to: number, what: string) =>
    gpu.buffers.upload(bytes.subarray(from, to), `${name} ${what}`);
  return splitRows(rows, rowBytes, gpu.maxBindingBytes, ROW_ALIGN).map((range) => {
    const first = range.firstRow;
    const end = first + range.rows;
    const part = {
      ...range,
      codes: upload(codes, first * codeBytes, end * codeBytes, 'codes'),
      scales: upload(scales, 2 * first * groups, 2 * end * groups, 'scales'),
    };
    if (typeof offset === 'number') return part;
    const lastByte = Math.ceil((end * groups * bits) / 8);
    return { ...part, zeros: upload(offset, (first * groups * bits) / 8, lastByte, 'zero points') };
  });
}
