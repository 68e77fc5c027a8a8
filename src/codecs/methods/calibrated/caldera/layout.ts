import type { MatrixShape } from '../../../contract/codec';
import type { OptionsOf } from '../../../contract/meta';
import type { PartsOf } from '../../../contract/parts';
import { feedbackLayout, type FeedbackLayout } from '../../../kit/errorFeedback/layout';
import { uniformGridParts, type UniformGridParts } from '../../../kit/uniformGrid/layout';
import type meta from './meta';
import { factorLayout, factorParts, type FactorLayout, type FactorParts } from './storedFactor';

export type CalderaOptions = OptionsOf<typeof meta>;

/** The two factors by the prefix of their parts: Lᵀ [rank, out] and R [rank, in]. */
export type Factor = 'left' | 'right';

/** The layout of Q, a uniform grid rounded with error feedback, and of the two factors. */
export interface CalderaLayout extends Record<Factor, FactorLayout> {
  rows: number;
  columns: number;
  /** The rank of L and R: the option, limited by the shape. */
  rank: number;
  iterations: number;
  seed: number;
  grid: FeedbackLayout;
}

export function calderaLayout(shape: MatrixShape, options: CalderaOptions): CalderaLayout {
  const { bits, group, scheme, clip, damping, iterations, seed, 'factor-bits': factorBits } = options;
  const [rows, columns] = shape;
  const rank = Math.min(options.rank, rows, columns);
  return {
    ...{ rows, columns, rank, iterations, seed },
    grid: feedbackLayout(shape, { bits, group, scheme, clip, damping, 'act-order': false }),
    left: factorLayout([rank, rows], factorBits),
    right: factorLayout([rank, columns], factorBits),
  };
}

/**
 * Defines the parts: those of a uniform grid for Q (`codes`, `scales`, and `zeros` if asymmetric), and those of Lᵀ and R with the
 * prefixes `left_` and `right_`.
 */
export function calderaParts({ grid, left, right }: CalderaLayout) {
  return {
    ...uniformGridParts(grid),
    ...prefixed('left', factorParts(left)),
    ...prefixed('right', factorParts(right)),
  };
}

export type CalderaParts = PartsOf<typeof calderaParts>;

type Prefixed<Name extends Factor, Values> = {
  [Suffix in keyof Values as `${Name}_${Suffix & string}`]: Values[Suffix];
};

function prefixed<Name extends Factor, Values extends object>(name: Name, values: Values) {
  const entries = Object.entries(values).map(([suffix, value]) => [`${name}_${suffix}`, value as unknown]);
  return Object.fromEntries(entries) as Prefixed<Name, Values>;
}

/** Joins the parts of Q and of the factors to those of the matrix. */
export function joinParts(
  grid: UniformGridParts,
  { left, right }: Record<Factor, FactorParts>,
): CalderaParts {
  return { ...grid, ...prefixed('left', left), ...prefixed('right', right) };
}

/** Returns the parts of Lᵀ without their prefix. */
export function leftParts({ left_codes: codes, left_scales: scales, left_values: values }: CalderaParts) {
  return { codes, scales, values };
}

/** Returns the parts of R without their prefix. */
export function rightParts({ right_codes: codes, right_scales: scales, right_values: values }: CalderaParts) {
  return { codes, scales, values };
}
