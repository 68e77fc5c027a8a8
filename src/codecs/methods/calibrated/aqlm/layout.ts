import { bitstreamBytes } from '../../../kit/bits';
import type { MatrixShape } from '../../../contract/codec';
import type { PartLayout } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';

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
  /** groups · size ≥ columns; the last group is filled up with weights that do not count. */
  padded: number;
  iterations: number;
  beams: number;
  /** Whether the metric is the inputs' Gram matrix where the context has one; else it is the identity. */
  weighted: boolean;
  damping: number;
  seed: number;
  /** Bytes of the codes of one row, a multiple of 4. */
  rowBytes: number;
}

export function aqlmLayout([rows, columns]: MatrixShape, options: CodecOptions): AqlmLayout {
  const codebooks = Number(options.codebooks);
  const bits = Number(options.bits);
  const size = Number(options.dimension);
  const groups = Math.ceil(columns / size);
  return {
    rows,
    columns,
    codebooks,
    bits,
    entries: 2 ** bits,
    size,
    groups,
    padded: groups * size,
    iterations: Number(options.iterations),
    beams: Number(options.beams),
    weighted: options.weighting === 'gram',
    damping: Number(options.damping),
    seed: Number(options.seed),
    rowBytes: bitstreamBytes(groups * codebooks, bits),
  };
}

/**
 * `codes` U8 [out, row bytes]: each row a little-endian stream of codes padded to 4 bytes, the codes of a group (one per
 * codebook) next to each other. `codebooks` F16 [codebooks, entries, size]. `scales` F16 [out].
 */
export function aqlmParts({
  rows,
  codebooks,
  bits,
  entries,
  size,
  groups,
  rowBytes,
}: AqlmLayout): PartLayout[] {
  return [
    {
      suffix: 'codes',
      kind: 'codes',
      dtype: 'U8',
      shape: [rows, rowBytes],
      symbols: { rows, perRow: groups * codebooks, bits },
    },
    { suffix: 'codebooks', kind: 'codebooks', dtype: 'F16', shape: [codebooks, entries, size] },
    { suffix: 'scales', kind: 'scales', dtype: 'F16', shape: [rows] },
  ];
}
