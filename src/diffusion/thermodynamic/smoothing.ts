import { LabError } from '../../base/errors';
import type { GroupParameters } from './timeGroups';

/** How parameters pass from one side of a boundary to the other: weight of the right side at the fraction α of the way. */
const INTERPOLATIONS = {
  linear: (alpha: number) => alpha,
  /** Called a C² spline in the published system; it is the smoothstep, whose second derivative jumps. */
  cubic: (alpha: number) => 3 * alpha ** 2 - 2 * alpha ** 3,
  /** Does not reach 0 and 1 at the ends. */
  sigmoid: (alpha: number) => 1 / (1 + Math.exp(-10 * (alpha - 0.5))),
};

export type Interpolation = keyof typeof INTERPOLATIONS;
export const INTERPOLATION_NAMES = Object.keys(INTERPOLATIONS) as Interpolation[];

/** Groups on each side of a boundary that the published system changes. */
export const SMOOTHING_WINDOW = 5;
const MAX_WINDOW = 20;

/** Returns the weight of the right side at the fraction `alpha` of the way. */
export function interpolationWeight(method: Interpolation, alpha: number): number {
  return INTERPOLATIONS[method](alpha);
}

/**
 * The second phase of ArrowQuant V2: replaces the parameters of up to `window` groups on each side of every boundary by a path between
 * those next to the boundary. Boundaries are taken from left to right, each after what the ones before it have changed. If the window reaches
 * over all groups, they end with almost the same parameters, so that groups with a wide range are clipped.
 * @returns new groups, with everything else that the given ones hold
 * @throws LabError bad-input for a window outside 1 … 20
 */
export function smoothBoundaries<Group extends GroupParameters>(
  groups: readonly Group[],
  method: Interpolation,
  window = SMOOTHING_WINDOW,
): Group[] {
  if (!Number.isInteger(window) || window < 1 || window > MAX_WINDOW)
    throw new LabError(
      'bad-input',
      `A smoothing window of ${window} groups is not possible.`,
      `Use 1 to ${MAX_WINDOW}.`,
    );
  const smoothed = groups.map((group) => ({ ...group }));
  for (let left = 0; left + 1 < smoothed.length; left++) smoothBoundary(smoothed, left, method, window);
  return smoothed;
}

function smoothBoundary(
  groups: GroupParameters[],
  left: number,
  method: Interpolation,
  window: number,
): void {
  const before = { ...groups[left] };
  const after = { ...groups[left + 1] };
  const leftCount = Math.min(window, left + 1);
  const rightCount = Math.min(window, groups.length - (left + 1));
  const count = leftCount + rightCount;
  for (let i = 0; i < count; i++) {
    const weight = interpolationWeight(method, (i + 1) / (count + 1));
    const group = groups[left - leftCount + 1 + i];
    group.scale = before.scale * (1 - weight) + after.scale * weight;
    group.zeroPoint = before.zeroPoint * (1 - weight) + after.zeroPoint * weight;
  }
}
