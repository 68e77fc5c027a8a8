import { bitstreamBytes } from '../../../kit/bits';
import type { MatrixShape } from '../../../contract/codec';
import type { OptionsOf } from '../../../contract/meta';
import { part, type PartsOf } from '../../../contract/parts';
import type meta from './meta';

/** Codes are q + 128 with q = −127 … 127. */
export const ZERO_CODE = 128;
export const MAX_LEVEL = 127;
/** The trellis of a column restarts after this many rows, so that rows can be coded and decoded in parallel. */
export const TRELLIS_ROWS = 128;
/** Step codes of columns stand for step · 2^((code − 32) ÷ 4). */
export const STEP_BITS = 6;
export const STEP_MIDDLE = 32;
export const STEPS_PER_OCTAVE = 4;
/** Step codes of rows stand for step · about 2^((code − 16) ÷ 2). */
export const ROW_BITS = 5;
export const ROW_MIDDLE = 16;

export type GridOptions = OptionsOf<typeof meta>;

export interface GridLayout {
  rows: number;
  columns: number;
  /** Bytes of one row of codes, a multiple of 4. */
  rowBytes: number;
  /** Whether rounding errors are compensated in the columns that follow. */
  feedback: boolean;
  /** λ of the Hessian ÷ mean of its diagonal. */
  damping: number;
  /** Whether each column has its own step. */
  waterfilled: boolean;
  trellis: boolean;
  /** Whether a row that most rows are near may be subtracted from all. */
  centre: boolean;
  /** Whether rows of a table of tokens have steps by the tokens' counts. */
  byCounts: boolean;
  /** Occurrences that are added to every token's count. */
  unseen: number;
  /** The step in root mean squares of the matrix. */
  step: number;
}

export function gridLayout(
  [rows, columns]: MatrixShape,
  { step, rounding, trellis, damping, centre, rows: rowSteps, unseen }: GridOptions,
): GridLayout {
  return {
    rows,
    columns,
    rowBytes: bitstreamBytes(columns, 8),
    feedback: rounding !== 'nearest',
    waterfilled: rounding === 'waterfilled',
    byCounts: rowSteps === 'counts',
    ...{ damping, trellis, centre, unseen, step },
  };
}

/**
 * Defines the parts. `codes` U8 [out, row bytes]: q + 128, rows padded to 4 bytes. `step` F16 [1]. `steps` U8 (waterfilled): a
 * stream of 6-bit codes, one per column, padded to 4 bytes. `centre` F16 [in] (if it saves bits): added to every row. `rows` U8
 * (tables of tokens with rows=counts): a stream of 5-bit codes, one per row, padded to 4 bytes.
 */
export function gridParts({ rows, columns, rowBytes, waterfilled, centre, byCounts }: GridLayout) {
  const steps = { rows: 1, perRow: columns, bits: STEP_BITS };
  const ofRows = { rows: 1, perRow: rows, bits: ROW_BITS };
  const streamOf = ({ perRow, bits }: typeof steps) => [bitstreamBytes(perRow, bits)];
  return {
    codes: part('codes', 'U8', [rows, rowBytes], { symbols: { rows, perRow: columns, bits: 8 } }),
    step: part('scales', 'F16', [1]),
    steps: waterfilled ? part('scales', 'U8', streamOf(steps), { symbols: steps }) : undefined,
    centre: centre ? part('scales', 'F16', [columns], { optional: true }) : undefined,
    rows: byCounts ? part('scales', 'U8', streamOf(ofRows), { optional: true, symbols: ofRows }) : undefined,
  };
}

export type GridParts = PartsOf<typeof gridParts>;

/**
 * Bounds |decoded − w| without error feedback: half a step, which is at most `step` root mean squares or the largest weight ÷ 120,
 * and the rounding of the step to float16. A trellis may choose the second-nearest point.
 */
export function gridErrorBound({ step, trellis }: GridOptions): (largest: number) => number {
  return (largest) => {
    const maxStep = (Math.max(step, 1 / MAX_WEIGHT_STEPS) * largest + 2 ** -24) * (1 + 2 ** -10);
    return (trellis ? 1 : 0.5) * maxStep + MAX_LEVEL * 2 ** -24;
  };
}

/** The maximum of |w| in steps; error feedback may use the rest of the alphabet. */
export const MAX_WEIGHT_STEPS = 120;
