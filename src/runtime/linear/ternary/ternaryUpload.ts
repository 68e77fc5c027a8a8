import type { BufferScope } from '../../../gpu/buffers';
import type { Gpu } from '../../../gpu/gpu';
import { rowData, uploadParts, type RowData, type WeightPart } from '../parts';
import { groupsPerRow, type TernaryMatrix } from './ternaryMatrix';

/** Parts start at even rows so that their float16 scales start at a word. */
const ROW_ALIGN = 2;

/**
 * Uploads the codes of a matrix, or masks in their place, and its scales in parts that fit one binding.
 * @throws LabError limit
 */
export function uploadTernary(
  gpu: Gpu,
  scope: BufferScope,
  matrix: TernaryMatrix,
  codes: RowData,
): WeightPart[] {
  const scales = rowData(matrix.scales, 2 * groupsPerRow(matrix));
  return uploadParts(gpu, scope, matrix, ROW_ALIGN, { codes, scales });
}
