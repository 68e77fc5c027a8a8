import type { MatrixShape } from '../../../../contract/codec';
import type { OptionsOf } from '../../../../contract/meta';
import { part, type PartsOf } from '../../../../contract/parts';
import type { HeaderField } from '../../../../kit/tenpak/header';
import { lowRankSettings } from '../../../../kit/tenpak/lowRank/settings';
import type { LowRankSettings } from '../../../../kit/tenpak/lowRank/reference';
import { residualParts, type ResidualSettings } from '../../../../kit/tenpak/residual/residual';
import type meta from './meta';

const MAX_RANK = 16;
const GROUP = 64;

/** Everything the codec needs to know of one matrix. */
export interface TenpakCalderaLayout {
  shape: MatrixShape;
  elements: number;
  rank: number;
  residual: ResidualSettings;
  header: readonly HeaderField[];
  faithful: boolean;
  seed: number;
}

/** Derives the layout. W is flattened row by row: groups run on across rows. */
export function tenpakCalderaLayout(
  shape: MatrixShape,
  { mode, seed }: OptionsOf<typeof meta>,
): TenpakCalderaLayout {
  const [rows, columns] = shape;
  const faithful = mode === 'faithful';
  const rank = Math.max(1, Math.min(MAX_RANK, Math.floor(rows / 4), Math.floor(columns / 4)));
  return {
    ...{ shape, rank, faithful, seed },
    elements: rows * columns,
    residual: { bits: 2, group: GROUP, rounds: 0, faithful },
    header: [
      [2, rank],
      [4, rows],
      [4, columns],
      [2, GROUP],
    ],
  };
}

/**
 * Lists the parts in the order of the published payload: `header` U8 [12] (rank u16, rows u32, columns u32, group u16); `codes`,
 * `scales`, `offsets` of the residual; `left` U8 [rows, rank], `right` U8 [columns, rank]; `ranges` F16 [4], step and minimum of each.
 */
export function tenpakCalderaParts({ shape, elements, rank, residual }: TenpakCalderaLayout) {
  return {
    header: part('tables', 'U8', [12], { unpadded: true }),
    ...residualParts(elements, residual),
    left: part('codes', 'U8', [shape[0], rank], { unpadded: true }),
    right: part('codes', 'U8', [shape[1], rank], { unpadded: true }),
    ranges: part('scales', 'F16', [4]),
  };
}

export type TenpakCalderaParts = PartsOf<typeof tenpakCalderaParts>;

/** Returns the settings of power iteration over W itself. */
export const tenpakCalderaLowRank = (layout: TenpakCalderaLayout): LowRankSettings =>
  lowRankSettings(layout, 0.5);
