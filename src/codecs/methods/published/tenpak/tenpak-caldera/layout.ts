import type { MatrixShape } from '../../../../contract/codec';
import type { PartLayout } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import type { HeaderField } from '../../../../kit/tenpak/residual/header';
import { residualParts, type ResidualSettings } from '../../../../kit/tenpak/residual/residual';
import type { LowRankSettings } from '../../../../kit/tenpak/lowRank/lowRankReference';
import { patternStarts, randomStarts } from '../../../../kit/tenpak/lowRank/starts';

const MOST_RANK = 16;
const GROUP = 64;
/** Rounds of power iteration: Tenpak's, and enough for all but flat spectra. */
const POWER_ROUNDS = { faithful: 10, corrected: 20 };

/** Everything the codec needs to know of one matrix. */
export interface CalderaLayout {
  shape: MatrixShape;
  elements: number;
  rank: number;
  residual: ResidualSettings;
  header: readonly HeaderField[];
  faithful: boolean;
  seed: number;
}

/** W is flattened row by row: groups run on across rows. */
export function calderaLayout(shape: MatrixShape, options: CodecOptions): CalderaLayout {
  const [rows, columns] = shape;
  const faithful = options.mode === 'faithful';
  const rank = Math.max(1, Math.min(MOST_RANK, Math.floor(rows / 4), Math.floor(columns / 4)));
  return {
    shape,
    elements: rows * columns,
    rank,
    residual: { bits: 2, group: GROUP, rounds: 0, faithful },
    header: [
      [2, rank],
      [4, rows],
      [4, columns],
      [2, GROUP],
    ],
    faithful,
    seed: Number(options.seed),
  };
}

/**
 * In the order of the published payload: `header` U8 [12] (rank u16, rows u32, columns u32, group u16); `codes`, `scales`,
 * `offsets` of the residual; `left` U8 [rows, rank], `right` U8 [columns, rank]; `ranges` F16 [4]: scale and minimum of each.
 */
export function calderaParts({ shape, elements, rank, residual }: CalderaLayout): PartLayout[] {
  return [
    { suffix: 'header', kind: 'tables', dtype: 'U8', shape: [12], unpadded: true },
    ...residualParts(elements, residual),
    { suffix: 'left', kind: 'codes', dtype: 'U8', shape: [shape[0], rank], unpadded: true },
    { suffix: 'right', kind: 'codes', dtype: 'U8', shape: [shape[1], rank], unpadded: true },
    { suffix: 'ranges', kind: 'scales', dtype: 'F16', shape: [4] },
  ];
}

/** Power iteration over W itself. */
export function calderaLowRank({ rank, shape, faithful, seed }: CalderaLayout): LowRankSettings {
  const starts = faithful ? patternStarts(rank, shape[1], 0.5) : randomStarts(rank, shape[1], seed);
  return { rank, rounds: POWER_ROUNDS[faithful ? 'faithful' : 'corrected'], starts };
}
