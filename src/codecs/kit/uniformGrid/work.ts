import type { EncodeWork, MatrixShape } from '../../contract/codec';
import type { CodecOptions } from '../../contract/meta';
import { rtnLayout } from './layout';

/** Operations per weight of a candidate range, and of the codes. */
const COST = 16;

/** Ranges of each group, codes, packing. */
export function rtnWork(shape: MatrixShape, options: CodecOptions): EncodeWork {
  const { candidates, asymmetric } = rtnLayout(shape, options);
  return { gpu: COST * (candidates + 1) * shape[0] * shape[1], dispatches: 3 + Number(asymmetric), waits: 2 };
}
