import { invariant, LabError } from '../../../base/errors';
import type { BufferScope } from '../../../gpu/buffers';
import type { Gpu } from '../../../gpu/gpu';
import type { BindingValue } from '../../../gpu/recorder';
import type { RowsCall } from '../linear';
import { LOW_BIT_TILES, lowBitCandidates, readsOctets, type LowBitWeight } from '../lowBitVariants';
import { rowData, uploaded, uploadParts, type RowData } from '../parts';
import { recordPieces } from '../pieces';
import { recordPaddedRows } from '../stage';
import { recordQuantise } from './int8Activations';

/**
 * A matrix of int8 codes with one step per row, W[n, k] = code · steps[n]. Bytes are little-endian and may be views into a
 * file.
 */
export interface Int8Matrix {
  /** Shown in errors and buffer labels. */
  name: string;
  rows: number;
  columns: number;
  /** int8 in two's complement, [rows, 4·⌈columns/4⌉]; bytes after the last column are ignored. */
  codes: Uint8Array;
  /** Finite numbers [rows]. */
  steps: Float32Array;
  /**
   * Columns whose weights are these values instead of their codes. In them x is multiplied in float32, without `factors`, and
   * excluded from the rounding to int8. Column numbers ascend; values are finite float16 [rows, columns.length].
   */
  outliers?: { columns: Uint32Array; values: Uint8Array };
  /** Factors [columns] by which x is multiplied first: 1 ÷ the scale of SmoothQuant where no norm has absorbed it. */
  factors?: Float32Array;
  /** With int8 each row of x is rounded to 127ths of its largest magnitude, and sums of products are exact integers. */
  activations: 'int8' | 'float';
}

/** Number of columns up to which a sum of products of two int8 fits 32 bits: 2³¹ ÷ 127². */
const MAX_COLUMNS = Math.floor(2 ** 31 / 127 ** 2);

/** Parts start at even rows so that their float16 outliers start at a word. */
const ROW_ALIGN = 2;

/**
 * Uploads a linear layer with int8 weights and int8 or float32 activations. Weights over the binding limit are split by rows.
 * The caller keeps the bytes and disposes of the result.
 * @throws LabError limit, out-of-memory
 */
export async function int8Linear(gpu: Gpu, matrix: Int8Matrix): Promise<LowBitWeight> {
  check(matrix);
  const { rows, columns, activations } = matrix;
  const int8 = activations === 'int8';
  return uploaded(gpu, (scope) => {
    const parts = uploadParts(gpu, scope, matrix, ROW_ALIGN, rowsOf(matrix));
    const input = uploadInput(scope, matrix);
    const { quadsPerRow, outlierCount } = input;
    const conditions = { int8, dot4: int8 && gpu.features.dot4, outliers: outlierCount > 0 };
    const record: LowBitWeight['record'] = async (
      call,
      variant = lowBitCandidates(gpu, call.rows, !int8)[0],
    ) => {
      const octets = readsOctets(variant);
      invariant(!int8 || !octets, `${matrix.name}: ${variant} multiplies float32 rows`);
      const stagedQuads = octets ? evenCount(quadsPerRow) : quadsPerRow;
      const activationBindings = await recordActivations(call, input, stagedQuads);
      await recordPieces(
        call,
        { rows, columns, parts },
        {
          module: `linear/int8/${variant}`,
          conditions: { ...conditions, octets },
          tile: LOW_BIT_TILES[variant],
          x: { stride: octets ? 4 * stagedQuads : stagedQuads, column: 0 },
          params: { quadsPerRow, outlierCount },
          bindings: ({ buffers }) => ({ ...activationBindings, ...buffers }),
        },
      );
    };
    return { rows, columns, record };
  });
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

/** Returns the number of words of four codes in a row. */
function quads(columns: number): number {
  return Math.ceil(columns / 4);
}

function evenCount(count: number): number {
  return 2 * Math.ceil(count / 2);
}

function rowsOf({ columns, codes, steps, outliers }: Int8Matrix): Record<string, RowData> {
  const outlierBytes = 2 * (outliers?.columns.length ?? 0);
  const stepBytes = new Uint8Array(steps.buffer, steps.byteOffset, steps.byteLength);
  return {
    codes: rowData(codes, 4 * quads(columns)),
    steps: rowData(stepBytes, 4),
    ...(outliers && outlierBytes > 0 && { outlierWeights: rowData(outliers.values, outlierBytes) }),
  };
}

/** How rows of x are prepared for the product. */
interface Int8Input {
  /** Whether they are rounded to int8. */
  int8: boolean;
  columns: number;
  quadsPerRow: number;
  /** Factors [columns] of x, 0 in outlier columns; absent if all of them are 1. */
  factors?: GPUBuffer;
  outlierColumns?: GPUBuffer;
  outlierCount: number;
}

function uploadInput(scope: BufferScope, matrix: Int8Matrix): Int8Input {
  const { name, columns, outliers, activations } = matrix;
  const outlierCount = outliers?.columns.length ?? 0;
  const factors = columnFactors(matrix);
  return {
    int8: activations === 'int8',
    columns,
    quadsPerRow: quads(columns),
    ...(factors && { factors: scope.upload(factors, `${name} column factors`) }),
    ...(outliers &&
      outlierCount > 0 && { outlierColumns: scope.upload(outliers.columns, `${name} outlier columns`) }),
    outlierCount,
  };
}

function columnFactors({ columns, factors, outliers }: Int8Matrix): Float32Array | undefined {
  if (!factors && !outliers?.columns.length) return undefined;
  const all = factors?.slice() ?? new Float32Array(columns).fill(1);
  for (const column of outliers?.columns ?? []) all[column] = 0;
  return all;
}

/**
 * Records the preparation of the activations and returns the bindings of shaders/linear/int8/common.wgsl.
 * @param stagedQuads number of quads of a float32 row with its padding
 */
async function recordActivations(
  call: RowsCall,
  { int8, columns, quadsPerRow, factors, outlierColumns, outlierCount }: Int8Input,
  stagedQuads: number,
): Promise<Record<string, BindingValue>> {
  const { recorder, rows } = call;
  const bindings: Record<string, BindingValue> = {};
  if (int8) {
    const codes = recorder.scratch(4 * rows * quadsPerRow, 'int8 activations');
    const scales = recorder.scratch(4 * rows, 'largest activations');
    await recordQuantise(call, { columns, factors, codes, scales });
    Object.assign(bindings, { x: codes, rowMaxima: scales });
  } else bindings.x = await recordPaddedRows(call, { columns, quadsPerRow: stagedQuads, factors });
  if (!outlierColumns) return bindings;
  const outlierX = recorder.scratch(4 * rows * outlierCount, 'outlier activations');
  await recordGather(call, outlierColumns, outlierCount, outlierX);
  return { ...bindings, outlierX };
}

/** Records out[rows, columnCount] = the given columns of x. */
async function recordGather(
  { recorder, x, rows }: RowsCall,
  columns: GPUBuffer,
  columnCount: number,
  out: GPUBuffer,
): Promise<void> {
  const count = rows * columnCount;
  await recorder.dispatch('linear/int8/gather', {
    params: { count, columnCount, xStride: x.stride, xColumn: x.column },
    bindings: { x: x.buffer, columns, out },
    threads: count,
    cost: 4 * count,
  });
}
