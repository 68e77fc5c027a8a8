import type { MatrixShape } from '../../../../contract/codec';
import type { OptionsOf } from '../../../../contract/meta';
import { part, type PartsOf } from '../../../../contract/parts';
import type meta from './meta';

/** Weights that share two codebooks. */
export const GROUP = 128;
/** Entries of each of the two codebooks. */
export const ENTRIES = 4;

const ROUNDS = { faithful: 5, corrected: 12 };

/** Everything the codec needs to know of one matrix. */
export interface AdditiveLayout {
  elements: number;
  groups: number;
  rounds: number;
  faithful: boolean;
}

/** Derives the layout. W is flattened row by row: groups run on across rows. */
export function additiveLayout(
  [rows, columns]: MatrixShape,
  { mode }: OptionsOf<typeof meta>,
): AdditiveLayout {
  const elements = rows * columns;
  const groups = Math.ceil(elements / GROUP);
  return { elements, groups, rounds: ROUNDS[mode], faithful: mode === 'faithful' };
}

/** Lists the parts: `codes` U8 [⌈n/2⌉], byte = q1 + 4·q2 + 16·q1' + 64·q2' of two weights; `codebooks` F16 [groups, 2, 4]. */
export function additiveParts({ elements, groups }: AdditiveLayout) {
  return {
    codes: part('codes', 'U8', [Math.ceil(elements / 2)], { unpadded: true }),
    codebooks: part('codebooks', 'F16', [groups, 2, ENTRIES]),
  };
}

export type AdditiveParts = PartsOf<typeof additiveParts>;
