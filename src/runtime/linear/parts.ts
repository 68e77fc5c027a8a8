import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { LinearCall, LinearWeight } from './linear';
import { splitRows, type RowRange } from './matrix';

/** Rows [firstRow, firstRow + rows) of a matrix on the GPU, its buffers by the names of their bindings. */
export interface WeightPart extends RowRange {
  buffers: Readonly<Record<string, GPUBuffer>>;
}

/** What is stored of a matrix row by row. */
export interface RowData {
  bytesPerRow: number;
  /** The bytes of some rows. */
  of: (range: RowRange) => ArrayBufferView;
}

/** Rows of equal length behind one another; a length may be a fraction where parts start at whole bytes. */
export function rowData(bytes: Uint8Array, bytesPerRow: number): RowData {
  return {
    bytesPerRow,
    of: ({ firstRow, rows }) =>
      bytes.subarray(firstRow * bytesPerRow, Math.ceil((firstRow + rows) * bytesPerRow)),
  };
}

/** A matrix in its stored form. */
interface StoredMatrix {
  /** Shown in errors and buffer labels. */
  name: string;
  rows: number;
  columns: number;
}

/**
 * Uploads a matrix in parts that fit one binding and start at multiples of `align` rows.
 * @throws LabError limit
 */
export function uploadParts(
  { maxBindingBytes }: Gpu,
  scope: BufferScope,
  { name, rows }: StoredMatrix,
  align: number,
  data: Readonly<Record<string, RowData>>,
): WeightPart[] {
  const longest = Math.max(...Object.values(data).map(({ bytesPerRow }) => bytesPerRow));
  return splitRows(rows, longest, maxBindingBytes, align).map((range) => ({
    ...range,
    buffers: Object.fromEntries(
      Object.entries(data).map(([key, { of }]) => [key, scope.upload(of(range), `${name} ${key}`)]),
    ),
  }));
}

/** A weight whose products may be told how to proceed, with which kernel for example. */
export interface UploadedWeight<Choice> extends LinearWeight {
  record(call: LinearCall, choice?: Choice): Promise<void>;
}

/**
 * Adds to what `upload` makes of buffers of a scope the bytes they take and what frees them, once they are there. The caller
 * owns the result.
 * @throws LabError limit, out-of-memory, having freed what was uploaded
 */
export async function uploaded<T extends object>(
  gpu: Gpu,
  upload: (scope: BufferScope) => T,
): Promise<T & { bytes: number; dispose: () => void }> {
  const scope = gpu.buffers.scope();
  try {
    const made = upload(scope);
    await gpu.buffers.settled();
    return { ...made, bytes: scope.bytes, dispose: () => scope.dispose() };
  } catch (error) {
    scope.dispose();
    throw error;
  }
}
