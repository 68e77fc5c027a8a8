/** The bytes and the distortion of one codec on one tensor. */
export interface Point<T> {
  choice: T;
  bytes: number;
  /** Predicted distortion, in a unit all tensors share. */
  distortion: number;
}

interface Step {
  tensor: number;
  to: number;
  bytes: number;
  gain: number;
}

/**
 * The choices that minimise Σ distortion within `budget` bytes, as a Lagrangian finds them: every tensor starts at its cheapest point
 * and walks its lower convex hull; steps are taken in the order of distortion saved per byte (which is one multiplier falling), and
 * one that no longer fits ends its tensor's walk.
 * @returns for each tensor an index into its points; undefined when even the cheapest points exceed the budget
 */
export function chooseWithin<T>(
  points: readonly (readonly Point<T>[])[],
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

/** All steps along all hulls, the best gain per byte first. Along one hull gains per byte fall, so its steps stay in order. */
function steps<T>(points: readonly (readonly Point<T>[])[], hulls: readonly number[][]): Step[] {
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

/** Indices of the points on the lower convex hull from the cheapest to that of least distortion, by rising bytes. */
export function lowerHull<T>(points: readonly Point<T>[]): number[] {
  const order = points.map((_, i) => i);
  order.sort((a, b) => points[a].bytes - points[b].bytes || points[a].distortion - points[b].distortion);
  const hull: number[] = [];
  for (const index of order) {
    if (hull.length > 0 && points[index].distortion >= points[hull[hull.length - 1]].distortion) continue;
    while (hull.length > 1 && !turns(points, hull[hull.length - 2], hull[hull.length - 1], index)) hull.pop();
    hull.push(index);
  }
  return hull;
}

/** Whether b lies below the line from a to c. */
function turns<T>(points: readonly Point<T>[], a: number, b: number, c: number): boolean {
  const slope = (p: Point<T>, q: Point<T>) => (q.distortion - p.distortion) / (q.bytes - p.bytes);
  return slope(points[a], points[b]) < slope(points[b], points[c]);
}
