import { invariant, LabError } from '../../base/errors';
import type { BufferPool } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { CommandStream } from '../../gpu/stream';

/** Rows [firstRow, firstRow + rows) of a matrix. */
export interface RowRange {
  firstRow: number;
  rows: number;
}

/** Rows of a matrix in their own buffer. */
export interface MatrixPart extends RowRange {
  buffer: GPUBuffer;
}

/** A dense float32 matrix [rows, columns], row-major, split by rows so that each part fits one binding. */
export interface DenseMatrix {
  label: string;
  rows: number;
  columns: number;
  parts: readonly MatrixPart[];
}

/** A dense float32 matrix [rows, columns], row-major, in main memory. */
export interface HostMatrix {
  label: string;
  rows: number;
  columns: number;
  values: Float32Array;
}

/** A dense matrix, on the GPU or in main memory. */
export type Matrix = DenseMatrix | HostMatrix;

/** Returns a matrix that must be on the GPU, because whatever made it computes there. */
export function gpuMatrix(matrix: Matrix): DenseMatrix {
  invariant('parts' in matrix, `${matrix.label} is in main memory, not on the GPU`);
  return matrix;
}

/** Returns a matrix that must be in main memory, because whatever made it computes there. */
export function hostMatrix(matrix: Matrix): HostMatrix {
  invariant('values' in matrix, `${matrix.label} is on the GPU, not in main memory`);
  return matrix;
}

/**
 * Splits `rows` into ranges of at most `maxBytes`, each of which starts at a multiple of `align` rows.
 * @throws LabError limit when `align` rows do not fit
 */
export function splitRows(rows: number, bytesPerRow: number, maxBytes: number, align = 1): RowRange[] {
  const fit = Math.floor(maxBytes / bytesPerRow / align) * align;
  if (fit === 0 && rows * bytesPerRow > maxBytes)
    throw new LabError(
      'limit',
      `One row of a matrix takes ${bytesPerRow} bytes; this device binds at most ${maxBytes} at once.`,
      'Use a device with a larger storage binding limit.',
    );
  const step = fit === 0 ? rows : fit;
  const ranges: RowRange[] = [];
  for (let first = 0; first < rows; first += step)
    ranges.push({ firstRow: first, rows: Math.min(step, rows - first) });
  return ranges;
}

/** Allocates a zeroed matrix in parts that fit one binding. Free it with `releaseMatrix`. @throws LabError limit */
export function allocateMatrix(
  { buffers, maxBindingBytes }: Pick<Gpu, 'buffers' | 'maxBindingBytes'>,
  rows: number,
  columns: number,
  label: string,
): DenseMatrix {
  const parts = splitRows(rows, columns * 4, maxBindingBytes).map((range) => ({
    ...range,
    buffer: buffers.allocate(range.rows * columns * 4, label),
  }));
  return { label, rows, columns, parts };
}

/** Uploads host values [rows, columns] into a new matrix. Free it with `releaseMatrix`. @throws LabError limit */
export function uploadMatrix(
  gpu: Pick<Gpu, 'buffers' | 'maxBindingBytes'>,
  values: Float32Array,
  rows: number,
  columns: number,
  label: string,
): DenseMatrix {
  const matrix = allocateMatrix(gpu, rows, columns, label);
  for (const part of matrix.parts) {
    const first = part.firstRow * columns;
    gpu.buffers.write(part.buffer, values.subarray(first, first + part.rows * columns));
  }
  return matrix;
}

/** Reads a matrix back to the host, row-major. */
export async function readMatrix(stream: CommandStream, matrix: DenseMatrix): Promise<Float32Array> {
  const values = new Float32Array(matrix.rows * matrix.columns);
  for (const part of matrix.parts) {
    const bytes = await stream.read(part.buffer, part.rows * matrix.columns * 4);
    values.set(new Float32Array(bytes), part.firstRow * matrix.columns);
  }
  return values;
}

export function releaseMatrix(pool: BufferPool, matrix: DenseMatrix): void {
  for (const part of matrix.parts) pool.release(part.buffer);
}
