import { recordQuantise } from '../../../runtime/linear/int8/int8Activations';
import type { Packable } from '../../../formats/quantised/write';
import type { DenseMatrix } from '../../../runtime/linear/matrix';
import type { CodecContext, MatrixShape, SourceTensor } from '../../contract/codec';
import { damaged, part } from '../../contract/parts';
import { fillByRows, type TargetRows } from '../fillTarget';
import { gpuJob, type GpuJob } from '../gpuJob';
import { byteWindow, rowRanges } from '../spans';

// LLM.int8() and SmoothQuant store their weights as rows of int8 codes.

/** Computes the bytes of one row of int8 codes, padded to 4. */
export function codeRowBytes(columns: number): number {
  return 4 * Math.ceil(columns / 4);
}

/** Describes `codes` I8 [out, 4·⌈in/4⌉], padded with zeros. */
export function codesPart([rows, columns]: MatrixShape) {
  const symbols = { rows, perRow: columns, bits: 8 };
  return part('codes', 'I8', [rows, codeRowBytes(columns)], { symbols });
}

/** Checks that no code is −128, which encoders never write. @throws LabError bad-file naming the tensor */
export function checkStoredCodes(name: string, codes: Uint8Array): void {
  const index = codes.indexOf(0x80);
  if (index >= 0) throw damaged(name, `code ${index} is -128, outside ±127`);
}

/** Rows as the kernel encodes them. */
export interface EncodedRows {
  /** The int8 codes, [rows, codeRowBytes]. */
  codes: Uint8Array;
  /** The largest magnitude of each row as float32 bits, or with `half` the bits of its float16 scale, [rows]. */
  scales: Uint32Array;
}

/**
 * Encodes W·diag(factors) row by row on the GPU (shaders/linear/int8/quantise.wgsl).
 * @param factors [columns]. A factor of 0 excludes a column: its codes are 0, and it does not count for the largest magnitude.
 * @param half rounds the scale to float16 before the codes are computed
 * @throws LabError limit when a row exceeds a binding; Cancelled
 */
export async function encodeInt8Rows(
  { values, shape: [rows, columns] }: SourceTensor,
  { factors, half }: { factors?: Float32Array; half: boolean },
  context: CodecContext,
): Promise<EncodedRows> {
  const rowBytes = codeRowBytes(columns);
  const encoded = { codes: new Uint8Array(rows * rowBytes), scales: new Uint32Array(rows) };
  for (const range of rowRanges({ rows, columns }, context.gpu.maxBindingBytes))
    await gpuJob(context, async ({ gpu, scope, recorder, run, read, readWords }) => {
      const first = range.firstRow * columns;
      const chunk = values.subarray(first, first + range.rows * columns);
      const x = { buffer: scope.upload(chunk, 'weights'), stride: columns, column: 0, width: columns };
      const codes = scope.allocate(range.rows * rowBytes, 'int8 codes');
      const scales = scope.allocate(4 * range.rows, 'row scales');
      const call = { gpu, recorder, x, rows: range.rows };
      const uploaded = factors && scope.upload(factors, 'column factors');
      await recordQuantise(call, { columns, factors: uploaded, codes, scales, half });
      await run();
      encoded.codes.set(await read(codes, range.rows * rowBytes), range.firstRow * rowBytes);
      encoded.scales.set(await readWords(scales), range.firstRow);
    });
  return encoded;
}

/** Stored rows that were checked: W[n, k] = code · steps[n] · inverse[k], or an outlier. */
export interface StoredRows {
  codes: Uint8Array;
  /** The step of each row, [rows]. */
  steps: Float32Array;
  /** The largest magnitude of each row, [rows], where that is stored and the step follows from it. */
  maxima?: Float32Array;
  /** The factor of each column, [columns]. */
  inverse?: Float32Array;
  /** The outlier columns, ascending, and their float16 values [rows, columns.length]. */
  outliers?: { columns: Uint32Array; values: Uint8Array };
}

/** Decodes rows into `target` on the GPU. @throws Cancelled */
export async function decodeInt8Rows(
  stored: StoredRows,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const places = stored.outliers && columnPlaces(target.columns, stored.outliers.columns);
  await fillByRows(target, context, (job, range) => recordDecode(job, stored, target.columns, range, places));
}

/** Maps each column to its position among the outliers, or to the largest integer. */
function columnPlaces(columns: number, outliers: Uint32Array): Uint32Array {
  const places = new Uint32Array(columns).fill(0xffffffff);
  outliers.forEach((column, place) => (places[column] = place));
  return places;
}

async function recordDecode(
  { scope, dispatch }: GpuJob,
  { codes, steps, inverse, outliers }: StoredRows,
  columns: number,
  { firstRow, rows, firstElement, buffer }: TargetRows,
  places: Uint32Array | undefined,
): Promise<void> {
  const rowBytes = codeRowBytes(columns);
  const outlierCount = outliers?.columns.length ?? 0;
  const halves = 2 * outlierCount;
  const window = outliers && byteWindow(outliers.values, firstRow * halves, rows * halves);
  const conditions = { inverse: inverse !== undefined, outliers: outliers !== undefined };
  await dispatch(
    { module: 'codecs/kit/int8Rows/decode', conditions },
    {
      params: {
        count: rows * columns,
        columns,
        wordsPerRow: rowBytes / 4,
        outlierCount,
        firstOutlier: (window?.shift ?? 0) / 2,
        firstElement,
      },
      bindings: {
        codes: scope.upload(codes.subarray(firstRow * rowBytes, (firstRow + rows) * rowBytes), 'int8 codes'),
        steps: scope.upload(steps.subarray(firstRow, firstRow + rows), 'row steps'),
        out: buffer,
        ...(inverse && { inverse: scope.upload(inverse, 'column factors') }),
        ...(places && { places: scope.upload(places, 'column places') }),
        ...(window && { outliers: scope.upload(window.bytes, 'outliers') }),
      },
      threads: rows * columns,
      cost: 16 * rows * columns,
    },
  );
}

/** Presents rows of int8 without factors of columns as integers of 8 bits. */
export function packableRows(
  { rows: outputs, columns: inputs, activations }: { rows: number; columns: number; activations: string },
  open: () => StoredRows,
): Packable {
  const sizes = { kind: 'integers' as const, outputs, inputs, bits: 8, group: inputs };
  return {
    scheme: { ...sizes, symmetric: true, roundsInputs: activations === 'int8' },
    read() {
      const { codes: padded, steps, maxima } = open();
      const codes = new Uint8Array(outputs * inputs);
      const rowBytes = codeRowBytes(inputs);
      for (let row = 0; row < outputs; row++)
        codes.set(padded.subarray(row * rowBytes, row * rowBytes + inputs), row * inputs);
      // Signed bytes become codes from 0 on.
      return { ...sizes, codes: codes.map((code) => code ^ 0x80), scales: steps, ...(maxima && { maxima }) };
    },
  };
}
