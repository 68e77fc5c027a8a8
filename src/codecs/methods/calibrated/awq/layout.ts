import type { MatrixShape } from '../../../contract/codec';
import type { PartLayout } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { rtnErrorBound, rtnLayout, rtnParts } from '../../../kit/uniformGrid/erased';
import type { UniformGridLayout } from '../../../kit/uniformGrid/layout';

/** Limits of |w| the clip search tries: (20 − k)/20 of the group's largest for k = 0 … 9, as in the published code. */
const CLIP_STEPS = 20;
const CLIP_CANDIDATES = 10;

/** Grouping and packing of rtn with a plain min-max range; the searches around it are AWQ's own. */
export interface AwqLayout extends UniformGridLayout {
  /** Limits tried per group, as shares of its largest |w|: only 1 without clip search. */
  limits: readonly number[];
  /** Exponents tried: 0 … 1 in equal steps. */
  exponents: readonly number[];
}

export function awqLayout(shape: MatrixShape, options: CodecOptions): AwqLayout {
  const { bits, group, scheme, clip } = options;
  const grid = Number(options.grid);
  return {
    ...rtnLayout(shape, { bits, group, scheme, clip: false }),
    limits: Array.from({ length: clip ? CLIP_CANDIDATES : 1 }, (_, k) => Math.fround(1 - k / CLIP_STEPS)),
    exponents: Array.from({ length: grid }, (_, k) => k / Math.max(1, grid - 1)),
  };
}

/**
 * Groups run along rows. `codes`, `scales` and `zeros` as rtn's, of W·diag(s). `inputScale` F16 [in]: s, where no norm was
 * divided by it and it is not 1.
 */
export function awqParts(layout: AwqLayout): PartLayout[] {
  const inputScale = { suffix: 'inputScale', kind: 'scales', dtype: 'F16', optional: true } as const;
  return [...rtnParts(layout), { ...inputScale, shape: [layout.columns] }];
}

/** For s = 1: the bound of rtn, and what clipping cuts off. */
export function awqErrorBound(options: CodecOptions): (largest: number) => number {
  const plain = rtnErrorBound({ ...options, clip: false });
  const cut = options.clip ? (CLIP_CANDIDATES - 1) / CLIP_STEPS : 0;
  return (largest) => plain(largest) + cut * largest;
}
