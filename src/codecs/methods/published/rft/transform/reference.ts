import type { CodecReference, MatrixShape } from '../../../../contract/codec';
import type { CodecOptions } from '../../../../contract/meta';
import { rtnReference as rtn } from '../../../../kit/uniformGrid/erased';
import { blockMatrix, blockRuns, checkRange, coefficientOptions } from './layout';

/** Applies the transform, or its inverse, to every block; sums in float64, results rounded to float32. */
export function transformBlocks(
  values: Float32Array,
  [rows, columns]: MatrixShape,
  options: CodecOptions,
  inverse: boolean,
): Float32Array {
  const result = new Float32Array(values.length);
  for (const { column, length, count } of blockRuns(columns, options)) {
    const matrix = blockMatrix(options, length, inverse);
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

const reference: CodecReference = {
  encode(values, shape, options) {
    checkRange({ name: 'The matrix', values });
    return rtn.encode(transformBlocks(values, shape, options, false), shape, coefficientOptions(options));
  },
  decode(parts, shape, options) {
    return transformBlocks(rtn.decode(parts, shape, coefficientOptions(options)), shape, options, true);
  },
};

export default reference;
