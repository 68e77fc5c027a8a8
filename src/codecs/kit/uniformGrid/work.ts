import type { EncodeWork } from '../../contract/codec';
import type { UniformGridLayout } from './layout';

/** Operations per weight of a candidate range, and of the codes. */
const COST = 16;

/** Estimates the work of choosing each group's range, of rounding and of packing. */
export function uniformGridWork({ rows, columns, candidates, asymmetric }: UniformGridLayout): EncodeWork {
  return { gpu: COST * (candidates + 1) * rows * columns, dispatches: 3 + Number(asymmetric), waits: 2 };
}
