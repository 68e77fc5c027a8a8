import type { Codec, EncodeWork, MatrixShape } from '../../../contract/codec';
import type { CodecOptions } from '../../../contract/meta';
import { addWork, workOf } from '../../../contract/work';

/** Operations per element and level of the fast transform. */
const BUTTERFLY = 4;

/** Estimates the work of rotating the weights and the inputs' Gram matrix on both sides, and of the inner codec. */
export function hadamardWork(inner: Codec, options: CodecOptions, [rows, columns]: MatrixShape): EncodeWork {
  const elements = (rows + 2 * columns) * columns;
  const rotation = { gpu: BUTTERFLY * Math.log2(columns + 1) * elements, dispatches: 16, waits: 3 };
  return addWork(rotation, workOf(inner, [rows, columns], options));
}
