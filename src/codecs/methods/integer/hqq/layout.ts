import type { MatrixShape } from '../../../contract/codec';
import { part, type PartsOf } from '../../../contract/parts';
import { uniformGridLayout, uniformGridParts, type UniformGridLayout } from '../../../kit/uniformGrid/layout';

/** The splitting weight grows by this factor with every update, as in the published code. */
export const KAPPA = 1.01;

/**
 * The maximum |zero point|: no scale is below the group's largest |w| ÷ this, so that the zero point of a group of nearly equal
 * weights stays in the range where float16 resolves whole steps.
 */
export const MAX_ZERO = 1024;

export interface HqqOptions {
  bits: number;
  group: string;
  p: number;
  iterations: number;
  beta: number;
}

/** Grouping and packing of an asymmetric uniform grid, and the options of the search. */
export interface HqqLayout extends UniformGridLayout {
  p: number;
  iterations: number;
  beta: number;
}

export function hqqLayout(shape: MatrixShape, { bits, group, p, iterations, beta }: HqqOptions): HqqLayout {
  const grid = uniformGridLayout(shape, { bits, group, scheme: 'asymmetric', clip: false });
  return { ...grid, p, iterations, beta };
}

/**
 * Defines the parts: `codes` and `scales` as in a uniform grid with groups along rows, and `zeros` F16 [out, groups per row], with
 * w = (code − zero) · scale.
 */
export function hqqParts(layout: HqqLayout) {
  const { codes, scales } = uniformGridParts(layout);
  return { codes, scales, zeros: part('scales', 'F16', scales.shape) };
}

export type HqqParts = PartsOf<typeof hqqParts>;

/**
 * Bounds |decoded − w| in a group by its maximum |w|. An update moves the zero point by at most the group's mean |error|, which is
 * at most half a step (plus the float16 rounding of scale and zero point) at the start and only decreases.
 */
export function hqqErrorBound(options: HqqOptions): (largest: number) => number {
  const { levels, iterations } = hqqLayout([1, 1], options);
  return (largest) => {
    const scale = Math.max((2 * largest) / levels, largest / MAX_ZERO) * (1 + 2 ** -11) + 2 ** -25;
    // If a scale rounds to zero, every weight becomes 0.
    const underflow = Math.min(largest, MAX_ZERO * 2 ** -25);
    const halves = 2 * largest * 2 ** -11 + levels * 2 ** -25 + scale * levels * 2 ** -11;
    return (iterations + 1) * (scale / 2 + halves) + underflow;
  };
}
