import type { ReferenceDefinition } from '../../../../contract/defineCodec';
import type { UniformGridParts } from '../../../../kit/uniformGrid/layout';
import { uniformGridReference } from '../../../../kit/uniformGrid/reference';
import { blockMatrix, blockRuns, checkRange, type TransformLayout } from './layout';

/** Applies the transform or its inverse to every block, with sums in float64 and results rounded to float32. */
export function transformBlocks(
  values: Float32Array,
  layout: TransformLayout,
  inverse: boolean,
): Float32Array {
  const { rows, columns } = layout.grid;
  const result = new Float32Array(values.length);
  for (const { column, length, count } of blockRuns(layout)) {
    const matrix = blockMatrix(layout, length, inverse);
    for (let row = 0; row < rows; row++)
      for (let block = 0; block < count; block++) {
        const first = row * columns + column + block * length;
        for (let o = 0; o < length; o++) {
          let sum = 0;
          for (let i = 0; i < length; i++) sum += matrix[o * length + i] * values[first + i];
          result[first + o] = sum;
        }
      }
  }
  return result;
}

export const transformReference: ReferenceDefinition<TransformLayout, UniformGridParts> = {
  encode(values, layout) {
    checkRange({ name: 'The matrix', values });
    return uniformGridReference.encode(transformBlocks(values, layout, false), layout.grid);
  },

  decode: (parts, layout) => transformBlocks(uniformGridReference.decode(parts, layout.grid), layout, true),
};
