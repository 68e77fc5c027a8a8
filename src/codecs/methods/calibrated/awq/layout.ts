import type { MatrixShape } from '../../../contract/codec';
import { part, type PartsOf } from '../../../contract/parts';
import {
  uniformGridErrorBound,
  uniformGridLayout,
  uniformGridParts,
  type UniformGridLayout,
  type UniformGridOptions,
} from '../../../kit/uniformGrid/layout';

/** The clip search limits |w| to (20 − k)/20 of the group's largest for k = 0 … 9, as in the published code. */
const CLIP_STEPS = 20;
const CLIP_CANDIDATES = 10;

interface AwqOptions extends UniformGridOptions {
  /** Exponents tried. */
  grid: number;
  fold: 'true' | 'false' | 'only';
}

/** Grouping and packing of a uniform grid with a plain min-max range, and the options of AWQ's searches. */
export interface AwqLayout extends UniformGridLayout {
  /** Limits tried per group, as shares of its largest |w|; only the share 1 without clip search. */
  limits: readonly number[];
  /** Exponents tried, 0 … 1 in equal steps. */
  exponents: readonly number[];
  /** Whether the column scale is folded into a norm before the layer; with `only`, layers without one have the scale 1. */
  fold: AwqOptions['fold'];
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
 * Defines the parts: `codes`, `scales` and `zeros` of W·diag(s) as in a uniform grid with groups along rows, and `inputScale`
 * F16 [in], which holds s unless a norm was divided by it or it is 1 everywhere.
 */
export function awqParts(layout: AwqLayout) {
  return {
    ...uniformGridParts(layout),
    inputScale: part('scales', 'F16', [layout.columns], { optional: true }),
  };
}

export type AwqParts = PartsOf<typeof awqParts>;

/** Bounds |decoded − w| for s = 1: the bound of a uniform grid plus the clipped excess. */
export function awqErrorBound(options: AwqOptions): (largest: number) => number {
  const plain = uniformGridErrorBound({ ...options, clip: false });
  const clipped = options.clip ? (CLIP_CANDIDATES - 1) / CLIP_STEPS : 0;
  return (largest) => plain(largest) + clipped * largest;
}
