import type { Codec, EncodeWork, MatrixShape } from '../../../contract/codec';
import type { CodecOptions } from '../../../contract/meta';
import { addWork, workOf } from '../../../contract/work';

/** Operations on the host for frequency tables and classes, per symbol and per tensor. */
const FITTING = 2000;
const TABLES = 5e7;
/** Operations on the GPU for unpacking and coding one symbol. */
const CODING = 40;

/** Estimates the work of the inner codec and of coding one symbol for each weight. */
export function ransWork(inner: Codec, options: CodecOptions, shape: MatrixShape): EncodeWork {
  const symbols = shape[0] * shape[1];
  const coding = { gpu: CODING * symbols, dispatches: 4, waits: 6, host: TABLES + FITTING * symbols };
  return addWork(workOf(inner, shape, options), coding);
}
