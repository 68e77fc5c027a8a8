import { invariant, LabError } from '../../../base/errors';
import type { Gpu } from '../../../gpu/gpu';
import type { BindingValue } from '../../../gpu/recorder';
import { recordFloats, recordQuantise } from './int8Activations';
import type { LinearCall, LinearWeight } from '../linear';
import { splitRows, type RowRange } from '../matrix';
import { chooseLowBitVariant, LOW_BIT_TILES, type LowBitVariant } from '../lowBitVariants';
import { linearPieces, pieceGrid, pieceParams } from '../pieces';

/**
 * A matrix of int8 codes with one step per row: W[n, k] = code · steps[n]. Bytes are little-endian and may be views into
 * a file.
 */
export interface Int8Matrix {
  /** Shown in errors and buffer labels. */
  name: string;
  rows: number;
  columns: number;
  /** int8 in two's complement [rows, 4·⌈columns/4⌉]; what stands behind the last column is not used. */
  codes: Uint8Array;
  /** [rows], finite */
  steps: Float32Array;
  /**
   * Columns multiplied in float32 by these weights instead of their codes: x is taken there as it is, without `factors`, and
   * left out of what becomes int8. Column numbers ascend; values are float16 [rows, columns.length], finite.
   */
  outliers?: { columns: Uint32Array; values: Uint8Array };
  /** [columns]: x is multiplied by these first (1 ÷ the scale of SmoothQuant, where no norm has taken it). */
  factors?: Float32Array;
  /** int8: each row of x is rounded to 127ths of its largest magnitude, and sums of products are exact integers. */
  activations: 'int8' | 'float';
}

/** Columns up to which a sum of products of two int8 fits 32 bits: 2³¹ ÷ 127². */
const MAX_COLUMNS = Math.floor(2 ** 31 / 127 ** 2);

/**
 * A linear layer with int8 weights, and if wanted int8 activations. Weights over the binding limit are split by rows. The
 * caller keeps the bytes and owns the result: `dispose` frees it.
 * @throws LabError limit, out-of-memory
 */
export async function int8Linear(gpu: Gpu, matrix: Int8Matrix): Promise<LinearWeight> {
  check(matrix);
  const weight = new Int8Weight(gpu, matrix);
  try {
    await gpu.buffers.settled();
  } catch (error) {
    weight.dispose();
    throw error;
  }
  return weight;
}

function check({ name, rows, columns, codes, steps, outliers, factors, activations }: Int8Matrix): void {
  invariant(codes.length === 4 * rows * quads(columns), `${name}: ${codes.length} bytes of codes`);
  invariant(steps.length === rows, `${name}: ${steps.length} steps`);
  invariant(!factors || factors.length === columns, `${name}: ${factors?.length} factors`);
  const values = outliers && 2 * rows * outliers.columns.length;
  invariant(outliers?.values.length === values, `${name}: ${outliers?.values.length} bytes of outliers`);
  if (activations === 'float' || columns <= MAX_COLUMNS) return;
  throw new LabError(
    'limit',
    `${name} has ${columns} columns; sums of int8 products are exact for at most ${MAX_COLUMNS}.`,
    'Use activations=float for this model.',
  );
}

/** Words of four codes in a row. */
function quads(columns: number): number {
  return Math.ceil(columns / 4);
}

/** Rows [firstRow, firstRow + rows) on the GPU. */
interface Int8Part extends RowRange {
  codes: GPUBuffer;
  steps: GPUBuffer;
  outliers?: GPUBuffer;
}

/** Parts start at even rows, so that their float16 outliers start at a word. */
const ROW_ALIGN = 2;

class Int8Weight implements LinearWeight {
  readonly rows: number;
  readonly columns: number;
  readonly bytes: number;
  readonly parts: readonly Int8Part[];
  /** Integers or floats on the left side of the product. */
  readonly floatX: boolean;
  /** [columns]: what x is multiplied by, 0 in outlier columns; absent when that is 1 everywhere. */
  readonly factors?: GPUBuffer;
  readonly outlierColumns?: GPUBuffer;
  readonly outlierCount: number;
  private readonly gpu: Gpu;

  constructor(gpu: Gpu, matrix: Int8Matrix) {
    const { name, rows, columns, outliers } = matrix;
    this.gpu = gpu;
    this.rows = rows;
    this.columns = columns;
    this.floatX = matrix.activations === 'float';
    this.parts = uploadParts(gpu, matrix);
    this.outlierCount = outliers?.columns.length ?? 0;
    const factors = columnFactors(matrix);
    if (factors) this.factors = gpu.buffers.upload(factors, `${name} column factors`);
    if (this.outlierCount > 0)
      this.outlierColumns = gpu.buffers.upload(outliers!.columns, `${name} outlier columns`);
    this.bytes = this.buffers().reduce((sum, buffer) => sum + buffer.size, 0);
  }

  async record(call: LinearCall): Promise<void> {
    await recordVariant(call, this, chooseLowBitVariant(call.gpu, call.rows));
  }

  dispose(): void {
    for (const buffer of this.buffers()) this.gpu.buffers.release(buffer);
  }

  private buffers(): GPUBuffer[] {
    const { parts, factors, outlierColumns } = this;
    const all = [...parts.flatMap((p) => [p.codes, p.steps, p.outliers]), factors, outlierColumns];
    return all.filter((buffer) => buffer !== undefined);
  }
}

/** Records a product by a given kernel: for tests and timing; `record` chooses by adapter and rows. */
export async function recordInt8(
  call: LinearCall,
  weight: LinearWeight,
  variant: LowBitVariant,
): Promise<void> {
  invariant(weight instanceof Int8Weight, 'the weight is not int8');
  await recordVariant(call, weight, variant);
}

async function recordVariant(call: LinearCall, weight: Int8Weight, variant: LowBitVariant): Promise<void> {
  const { gpu, recorder, rows, y, bias } = call;
  const { floatX, outlierCount, outlierColumns } = weight;
  const quadsPerRow = quads(weight.columns);
  const shared: Record<string, BindingValue> = {
    y: y.buffer,
    ...(bias && { bias: bias.parts[0].buffer }),
    ...(await recordActivations(call, weight, quadsPerRow)),
  };
  if (outlierColumns) {
    shared.outlierX = recorder.scratch(4 * rows * outlierCount, 'outlier activations');
    await recordGather(call, outlierColumns, outlierCount, shared.outlierX);
  }
  const tile = LOW_BIT_TILES[variant];
  const dot4 = gpu.features.dot4 && !floatX;
  const conditions = { floatX, dot4, outliers: outlierCount > 0, bias: bias !== undefined };
  const kernel = await gpu.kernels.get({ module: `linear/int8/${variant}`, conditions });
  for (const piece of linearPieces(call, weight, tile)) {
    const { codes, steps, outliers } = piece.part;
    recorder.dispatch(kernel, {
      params: { ...int8Params(call, weight.columns, piece), quadsPerRow, outlierCount },
      bindings: { ...shared, codes, steps, ...(outliers && { outlierWeights: outliers }) },
      ...pieceGrid(piece, weight.columns, tile),
    });
  }
}

/** The activations as the product reads them: packed codes with the largest magnitude of each row, or padded floats. */
async function recordActivations(
  call: LinearCall,
  { floatX, columns, factors }: Int8Weight,
  quadsPerRow: number,
): Promise<Record<string, BindingValue>> {
  const { recorder, rows } = call;
  if (floatX) {
    const x = recorder.scratch(16 * rows * quadsPerRow, 'padded activations');
    await recordFloats(call, { columns, factors, out: x });
    return { x };
  }
  const codes = recorder.scratch(4 * rows * quadsPerRow, 'int8 activations');
  const scales = recorder.scratch(4 * rows, 'largest activations');
  await recordQuantise(call, { columns, factors, codes, scales });
  return { x: codes, rowMaxima: scales };
}

async function recordGather(
  { gpu, recorder, x, rows }: LinearCall,
  columns: GPUBuffer,
  columnCount: number,
  out: GPUBuffer,
): Promise<void> {
  const count = rows * columnCount;
  recorder.dispatch(await gpu.kernels.get({ module: 'linear/int8/gather' }), {
    params: { count, columnCount, xStride: x.stride, xColumn: x.column },
    bindings: { x: x.buffer, columns, out },
    workgroups: Math.ceil(count / 64),
    cost: 4 * count,
  });
}

/** The shared parameters without those of x, which the kernels read from their own copy. */
function int8Params(
  call: LinearCall,
  columns: number,
  piece: Parameters<typeof pieceParams>[2],
): Record<string, number> {
  const { firstRow, lastRow, firstOutput, lastOutput, yStride, yColumn, biasColumn } = pieceParams(
    call,
    columns,
    piece,
  );
  return { firstRow, lastRow, firstOutput, lastOutput, yStride, yColumn, biasColumn };
}

function columnFactors({ columns, factors, outliers }: Int8Matrix): Float32Array | undefined {
  if (!factors && !outliers?.columns.length) return undefined;
  const all = factors?.slice() ?? new Float32Array(columns).fill(1);
  for (const column of outliers?.columns ?? []) all[column] = 0;
  return all;
}

function uploadParts(gpu: Gpu, { name, rows, columns, codes, steps, outliers }: Int8Matrix): Int8Part[] {
  const codeBytes = 4 * quads(columns);
  const outlierBytes = 2 * (outliers?.columns.length ?? 0);
  const rowBytes = Math.max(codeBytes, outlierBytes);
  return splitRows(rows, rowBytes, gpu.maxBindingBytes, ROW_ALIGN).map((range) => {
    const { firstRow } = range;
    const end = firstRow + range.rows;
    const part = {
      ...range,
      codes: gpu.buffers.upload(codes.subarray(firstRow * codeBytes, end * codeBytes), `${name} codes`),
      steps: gpu.buffers.upload(steps.subarray(firstRow, end), `${name} row steps`),
    };
    if (outlierBytes === 0) return part;
    const values = outliers!.values.subarray(firstRow * outlierBytes, end * outlierBytes);
    return { ...part, outliers: gpu.buffers.upload(values, `${name} outliers`) };
  });
}
