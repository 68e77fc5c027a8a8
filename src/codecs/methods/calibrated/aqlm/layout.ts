import type { MatrixShape } from '../../../contract/codec';
import type { OptionsOf } from '../../../contract/meta';
import { part, type PartsOf } from '../../../contract/parts';
import { bitstreamBytes } from '../../../kit/bits';
import type meta from './meta';

/** Everything packing and kernels need to know of one matrix. */
export interface AqlmLayout {
  rows: number;
  columns: number;
  codebooks: number;
  bits: number;
  /** Entries of each codebook, 2^bits. */
  entries: number;
  /** Weights of one group: 4 or 8. */
  size: number;
  groups: number;
  /** Columns in whole groups, groups · size; those beyond `columns` do not count. */
  padded: number;
  iterations: number;
  beams: number;
  /** Whether errors are weighted by the inputs' Gram matrix where calibration gives one; the identity takes its place otherwise. */
  weighted: boolean;
  damping: number;
  seed: number;
  /** Bytes of the codes of one row, a multiple of 4. */
  rowBytes: number;
}

export function aqlmLayout(
  [rows, columns]: MatrixShape,
  { codebooks, bits, dimension: size, iterations, beams, weighting, damping, seed }: OptionsOf<typeof meta>,
): AqlmLayout {
  const groups = Math.ceil(columns / size);
  return {
    ...{ rows, columns, codebooks, bits, size, groups, iterations, beams, damping, seed },
    entries: 2 ** bits,
    padded: groups * size,
    weighted: weighting === 'gram',
    rowBytes: bitstreamBytes(groups * codebooks, bits),
  };
}

/**
 * Lists the parts. `codes` U8 [out, row bytes]: each row a little-endian stream of codes padded to 4 bytes, the codes of a group (one per
 * codebook) next to each other. `codebooks` F16 [codebooks, entries, size]. `scales` F16 [out].
 */
export function aqlmParts({ rows, codebooks, bits, entries, size, groups, rowBytes }: AqlmLayout) {
  const symbols = { rows, perRow: groups * codebooks, bits };
  return {
    codes: part('codes', 'U8', [rows, rowBytes], { symbols }),
    codebooks: part('codebooks', 'F16', [codebooks, entries, size]),
    scales: part('scales', 'F16', [rows]),
  };
}

export type AqlmParts = PartsOf<typeof aqlmParts>;
