import { NEGLIGIBLE, largest } from './scaleSearch';

const f = Math.fround;

/** The 16 levels of IQ4_NL and IQ4_XS, `kvalues_iq4nl`. */
export const LEVELS = Int8Array.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

const TRIES = 7;

/** Returns the index of the level nearest to `x`; between two, the upper one if both are equally near. */
export function levelIndex(x: number): number {
  if (!(x > LEVELS[0])) return 0;
  if (x >= LEVELS[15]) return 15;
  let upper = 1;
  while (x >= LEVELS[upper]) upper++;
  return f(x - LEVELS[upper - 1]) < f(LEVELS[upper] - x) ? upper - 1 : upper;
}

/**
 * Searches the scale with the least weighted squared error of levels among 16 that bring the value of largest magnitude near
 * the first level; the loop of `quantize_row_iq4_nl_impl`.
 */
export function levelScale(x: Float32Array, weights: Float32Array): number {
  const max = largest(x);
  if (Math.abs(max) < NEGLIGIBLE) return 0;
  const first = levelSums(x, weights, f(1 / f(-max / LEVELS[0])));
  let d = f(first.qx / first.q2);
  let best = f(d * first.qx);
  for (let step = -TRIES; step <= TRIES; step++) {
    const { qx, q2 } = levelSums(x, weights, f((step + LEVELS[0]) / max));
    if (!(q2 > 0 && f(qx * qx) > f(best * q2))) continue;
    d = f(qx / q2);
    best = f(d * qx);
  }
  return d;
}

function levelSums(x: Float32Array, weights: Float32Array, inverse: number) {
  let qx = 0;
  let q2 = 0;
  for (let i = 0; i < x.length; i++) {
    const level = LEVELS[levelIndex(f(inverse * x[i]))];
    const weighted = f(weights[i] * level);
    qx = f(qx + f(weighted * x[i]));
    q2 = f(q2 + f(weighted * level));
  }
  return { qx, q2 };
}
