import type { Gpu } from '../../../gpu/gpu';
import { splitRows, type RowRange } from '../matrix';
import { groupsPerRow, type TernaryMatrix } from './ternaryMatrix';

/** Rows [firstRow, firstRow + rows) of a ternary matrix on the GPU. */
export interface TernaryPart extends RowRange {
  /** Codes or masks. */
  codes: GPUBuffer;
  scales: GPUBuffer;
}

/** Parts start at even rows, so that their float16 scales start at a word. */
const ROW_ALIGN = 2;

/**
 * Uploads codes (or what `wordsOf` makes of them, `rowBytes` a row) and scales in parts that fit one binding.
 * @throws LabError limit
 */
export function uploadTernary(
  { buffers, maxBindingBytes }: Gpu,
  matrix: TernaryMatrix,
  rowBytes: number,
  wordsOf: (range: RowRange) => ArrayBufferView,
): TernaryPart[] {
  const { name, rows, scales } = matrix;
  const scaleBytes = 2 * groupsPerRow(matrix);
  return splitRows(rows, Math.max(rowBytes, scaleBytes), maxBindingBytes, ROW_ALIGN).map((range) => ({
    ...range,
    codes: buffers.upload(wordsOf(range), `${name} codes`),
    scales: buffers.upload(
      scales.subarray(range.firstRow * scaleBytes, (range.firstRow + range.rows) * scaleBytes),
      `${name} scales`,
    ),
  }));
}

export function partBytes(parts: readonly TernaryPart[]): number {
  return parts.reduce((sum, { codes, scales }) => sum + codes.size + scales.size, 0);
}

export function releaseParts({ buffers }: Gpu, parts: readonly TernaryPart[]): void {
  for (const { codes, scales } of parts) {
    buffers.release(codes);
    buffers.release(scales);
  }
}
