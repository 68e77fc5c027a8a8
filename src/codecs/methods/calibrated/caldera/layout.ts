import type { Codec, MatrixShape } from '../../../contract/codec';
import type { PartLayout, Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { float16, uniformGrid } from './inner';

/** What one matrix is cut into: Q as rtn stores it, and the factors, each as a matrix of its own. */
export interface CalderaLayout {
  rows: number;
  columns: number;
  /** Of L and R: the option, or as much as the shape allows. */
  rank: number;
  iterations: number;
  damping: number;
  seed: number;
  /** Options of rtn for Q. */
  grid: CodecOptions;
  /** Codec and options of the factors: one scale for each of their `rank` rows. */
  factor: { codec: Codec; options: CodecOptions };
}

/** The two factors by the prefix of their parts: Lᵀ [rank, out] and R [rank, in]. */
const FACTORS = ['left', 'right'] as const;
export type Factor = (typeof FACTORS)[number];

export function calderaLayout([rows, columns]: MatrixShape, options: CodecOptions): CalderaLayout {
  const { bits, group, scheme, clip } = options;
  return {
    rows,
    columns,
    rank: Math.min(Number(options.rank), rows, columns),
    iterations: Number(options.iterations),
    damping: Number(options.damping),
    seed: Number(options.seed),
    grid: { bits, group, scheme, clip },
    factor: factorCodec(Number(options['factor-bits'])),
  };
}

function factorCodec(bits: number): CalderaLayout['factor'] {
  if (bits === 16) return { codec: float16, options: {} };
  return { codec: uniformGrid, options: { bits, group: 'row', scheme: 'symmetric', clip: bits < 8 } };
}

export function factorShape({ rows, columns, rank }: CalderaLayout, factor: Factor): MatrixShape {
  return [rank, factor === 'left' ? rows : columns];
}

/**
 * The parts of rtn for Q (`codes`, `scales`, asymmetric also `zeros`); for Lᵀ and R the parts of rtn with one group per row, or
 * of float16, their names after `left_` and `right_`.
 */
export function calderaParts(layout: CalderaLayout): PartLayout[] {
  const { rows, columns, grid, factor } = layout;
  const factors = FACTORS.flatMap((name) =>
    factor.codec
      .layout(factorShape(layout, name), factor.options)
      .map((part) => ({ ...part, suffix: `${name}_${part.suffix}` })),
  );
  return [...uniformGrid.layout([rows, columns], grid), ...factors];
}

/** The parts of Q: those of no factor. */
export function gridParts(parts: Parts): Parts {
  return new Map([...parts].filter(([suffix]) => !FACTORS.some((name) => suffix.startsWith(`${name}_`))));
}

/** The parts of one factor under their codec's own names. */
export function factorParts(parts: Parts, factor: Factor): Parts {
  const prefix = `${factor}_`;
  return new Map(
    [...parts]
      .filter(([suffix]) => suffix.startsWith(prefix))
      .map(([suffix, bytes]) => [suffix.slice(prefix.length), bytes]),
  );
}

export function joinParts(grid: Parts, factors: Record<Factor, Parts>): Parts {
  const named = FACTORS.flatMap((name) =>
    [...factors[name]].map(([suffix, bytes]): [string, Uint8Array] => [`${name}_${suffix}`, bytes]),
  );
  return new Map([...grid, ...named]);
}
