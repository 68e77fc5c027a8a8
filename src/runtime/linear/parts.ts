import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { LinearCall, LinearWeight } from './linear';
import { splitRows, type RowRange } from './matrix';

/** Rows [firstRow, firstRow + rows) of a matrix on the GPU, with its buffers by the names of their bindings. */
export interface WeightPart extends RowRange {
  buffers: Readonly<Record<string, GPUBuffer>>;
}

/** Bytes of a matrix that are stored row by row. */
export interface RowData {
  bytesPerRow: number;
  /** Returns the bytes of a range of rows. */
  of: (range: RowRange) => ArrayBufferView;
}

/** Contiguous rows of equal length. `bytesPerRow` may be a fraction if every part starts at a whole byte. */
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
 * Uploads a matrix in parts, each of which fits one binding and starts at a multiple of `align` rows.
 * @throws LabError limit
 */
export function uploadParts(
  { maxBindingBytes }: Gpu,
  scope: BufferScope,
  { name, rows }: StoredMatrix,
  align: number,
  data: Readonly<Record<string, RowData>>,
): WeightPart[] {
  const maxBytesPerRow = Math.max(...Object.values(data).map(({ bytesPerRow }) => bytesPerRow));
  return splitRows(rows, maxBytesPerRow, maxBindingBytes, align).map((range) => ({
    ...range,
    buffers: Object.fromEntries(
      Object.entries(data).map(([key, { of }]) => [key, scope.upload(of(range), `${name} ${key}`)]),
    ),
  }));
}

/** A weight matrix whose products accept a choice, for example of the kernel. */
export interface UploadedWeight<Choice> extends LinearWeight {
  record(call: LinearCall, choice?: Choice): Promise<void>;
}

/**
 * Runs `upload` with a new scope, waits for its allocations, and adds to the result the bytes they take and `dispose`, which
 * frees them. The caller owns the result.
 * @throws LabError limit, out-of-memory, after everything uploaded has been freed
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
