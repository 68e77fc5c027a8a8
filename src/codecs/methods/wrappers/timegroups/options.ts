import type { OptionsOf } from '../../../contract/meta';
import type meta from './meta';

export type TimeGroupOptions = OptionsOf<typeof meta>;

/** Returns the largest code of an activation; the smallest is 0. */
export function maxCodeOf({ activations }: TimeGroupOptions): number {
  return 2 ** activations - 1;
}
