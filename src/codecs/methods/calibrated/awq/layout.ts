import type { MatrixShape } from '../../../contract/codec';
import { part, type PartsOf } from '../../../contract/parts';
import {
  uniformGridErrorBound,
  uniformGridLayout,
  uniformGridParts,
  type UniformGridLayout,
  type UniformGridOptions,
} from '../../../kit/uniformGrid/layout';

/** Limits of |w| the clip search tries: (20 − k)/20 of the group's largest for k = 0 … 9, as in the published code. */
const CLIP_STEPS = 20;
const CLIP_CANDIDATES = 10;

interface AwqOptions extends UniformGridOptions {
  /** Exponents tried. */
  grid: number;
  fold: boolean;
}

/** Grouping and packing of a uniform grid with a plain min-max range; the searches around it are AWQ's own. */
export interface AwqLayout extends UniformGridLayout {
  /** Limits tried per group, as shares of its largest |w|: only 1 without clip search. */
  limits: readonly number[];
  /** Exponents tried: 0 … 1 in equal steps. */
  exponents: readonly number[];
  /** Whether a norm before the layer takes the column scale. */
  fold: boolean;
}

export function awqLayout(
  shape: MatrixShape,
  { bits, group, scheme, clip, grid, fold }: AwqOptions,
): AwqLayout {
  return {
    ...uniformGridLayout(shape, { bits, group, scheme, clip: false }),
    limits: Array.from({ length: clip ? CLIP_CANDIDATES : 1 }, (_, k) => Math.fround(1 - k / CLIP_STEPS)),
    exponents: Array.from({ length: grid }, (_, k) => k / Math.max(1, grid - 1)),
    fold,
  };
}

/**
 * Groups run along rows. `codes`, `scales` and `zeros` as a uniform grid's, of W·diag(s). `inputScale` F16 [in]: s, where no
 * norm was divided by it and it is not 1.
 */
export function awqParts(layout: AwqLayout) {
  return {
    ...uniformGridParts(layout),
    inputScale: part('scales', 'F16', [layout.columns], { optional: true }),
  };
}

export type AwqParts = PartsOf<typeof awqParts>;

/** For s = 1: the bound of a uniform grid, and what clipping cuts off. */
export function awqErrorBound(options: AwqOptions): (largest: number) => number {
  const plain = uniformGridErrorBound({ ...options, clip: false });
  const cut = options.clip ? (CLIP_CANDIDATES - 1) / CLIP_STEPS : 0;
  return (largest) => plain(largest) + cut * largest;
}
