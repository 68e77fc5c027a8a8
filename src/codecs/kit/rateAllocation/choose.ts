/** The bytes and the distortion of one choice for one tensor. */
export interface RateDistortionPoint<T> {
  choice: T;
  bytes: number;
  /** The predicted distortion, in a unit that all tensors share. */
  distortion: number;
}

interface Step {
  tensor: number;
  to: number;
  bytes: number;
  /** The distortion saved per byte. */
  gain: number;
}

/**
 * Minimises Σ distortion within `budget` bytes by a Lagrange multiplier (Shoham and Gersho 1988). Every tensor starts at its smallest
 * point and moves along its lower convex hull. Steps are taken by falling distortion saved per byte, which is the multiplier, and a
 * tensor stops at the first step that exceeds the budget.
 * @returns for each tensor an index into its points, or undefined if even the smallest points exceed the budget
 */
export function minimiseDistortion<T>(
  points: readonly (readonly RateDistortionPoint<T>[])[],
  budget: number,
): number[] | undefined {
  const hulls = points.map(lowerHull);
  const chosen = hulls.map(([first]) => first);
  let left = budget - chosen.reduce((sum, index, tensor) => sum + points[tensor][index].bytes, 0);
  if (left < 0) return undefined;
  const ended = new Set<number>();
  for (const step of steps(points, hulls)) {
    if (ended.has(step.tensor)) continue;
    if (step.bytes > left) ended.add(step.tensor);
    else {
      chosen[step.tensor] = step.to;
      left -= step.bytes;
    }
  }
  return chosen;
}

/** A choice for every tensor, as indices into its points. */
interface PathPoint {
  chosen: readonly number[];
  bytes: number;
  /** Σ of the tensors' distortions. */
  distortion: number;
}

/**
 * Lists the choices from the smallest to that of the least distortion, each of which spends the next bytes where they save the most
 * distortion. These are the minima for falling multipliers.
 */
export function distortionPath<T>(points: readonly (readonly RateDistortionPoint<T>[])[]): PathPoint[] {
  const hulls = points.map(lowerHull);
  const chosen = hulls.map(([first]) => first);
  const path: PathPoint[] = [];
  const add = () => {
    const taken = chosen.map((index, tensor) => points[tensor][index]);
    const total = (of: 'bytes' | 'distortion') => taken.reduce((sum, point) => sum + point[of], 0);
    path.push({ chosen: [...chosen], bytes: total('bytes'), distortion: total('distortion') });
  };
  add();
  for (const { tensor, to } of steps(points, hulls)) {
    chosen[tensor] = to;
    add();
  }
  return path;
}

/** Lists all steps along all hulls by falling gain. Along one hull gains fall, so that its steps stay in order. */
function steps<T>(
  points: readonly (readonly RateDistortionPoint<T>[])[],
  hulls: readonly number[][],
): Step[] {
  const found = hulls.flatMap((hull, tensor) =>
    hull.slice(1).map((to, i) => {
      const [a, b] = [points[tensor][hull[i]], points[tensor][to]];
      return {
        tensor,
        to,
        bytes: b.bytes - a.bytes,
        gain: (a.distortion - b.distortion) / (b.bytes - a.bytes),
      };
    }),
  );
  return found.sort((a, b) => b.gain - a.gain);
}

/** Finds the indices of the points on the lower convex hull, from the smallest to that of least distortion, by rising bytes. */
export function lowerHull<T>(points: readonly RateDistortionPoint<T>[]): number[] {
  const order = points.map((_, i) => i);
  order.sort((a, b) => points[a].bytes - points[b].bytes || points[a].distortion - points[b].distortion);
  const hull: number[] = [];
  for (const index of order) {
    if (hull.length > 0 && points[index].distortion >= points[hull[hull.length - 1]].distortion) continue;
    while (hull.length > 1 && !isBelowChord(points, hull[hull.length - 2], hull[hull.length - 1], index))
      hull.pop();
    hull.push(index);
  }
  return hull;
}

/** Whether b is below the line from a to c. */
function isBelowChord<T>(
  points: readonly RateDistortionPoint<T>[],
  a: number,
  b: number,
  c: number,
): boolean {
  const slope = (p: RateDistortionPoint<T>, q: RateDistortionPoint<T>) =>
    (q.distortion - p.distortion) / (q.bytes - p.bytes);
  return slope(points[a], points[b]) < slope(points[b], points[c]);
}
