import type { EncodeWork } from '../../../contract/codec';
import { addWork } from '../../../contract/work';
import { uniformGridWork } from '../../../kit/uniformGrid/work';
import type { AwqLayout } from './layout';

/** Operations per weight of one trial: scaling or clipping, ranges, errors, and keeping the best. */
const TRIAL = 36;

/** Estimates the work of the searches: 2·out·in² per exponent for the output error, 2·out·in·group per limit. */
export function awqWork(layout: AwqLayout): EncodeWork {
  const { columns, rows, group, exponents, limits } = layout;
  const tried = exponents.length > 1 ? exponents.length : 0;
  const clipped = limits.length > 1 ? limits.length : 0;
  const search = {
    gpu: rows * columns * (tried * (TRIAL + 2 * columns) + clipped * (TRIAL + 2 * group)),
    dispatches: 5 * (tried + clipped),
    waits: tried,
  };
  return addWork(search, uniformGridWork(layout));
}
