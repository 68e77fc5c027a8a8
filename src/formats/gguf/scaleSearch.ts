/**
 * The searches for the scale of a group of weights in ggml's quantisers (ggml-quants.c of
 * https://github.com/ggml-org/llama.cpp). They compute in float32 and round after every operation, in ggml's order, so
 * that a block has the same bytes as one from llama.cpp.
 */

/** Rounds to float32. */
const f = Math.fround;

/** Groups whose largest magnitude is below this are stored as zeros, `GROUP_MAX_EPS`. */
export const NEGLIGIBLE = f(1e-15);

/** Adding and subtracting 1.5 · 2²³ in float32 rounds to an integer, ties to even. */
const ROUND = 12582912;
/** The number of passes over a group in which single codes are changed. */
const PASSES = 5;
const TENTH = f(0.1);

/** Returns the integer nearest to a float32 of magnitude below 2²², ties to even, `nearest_int`. */
export function nearestInteger(x: number): number {
  return f(f(x + ROUND) - ROUND);
}

/** Returns `x` limited to [low, high]. */
export function limited(x: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, x));
}

/** Returns the first value of largest magnitude, with its sign; 0 for zeros. */
export function largest(x: Float32Array): number {
  let best = 0;
  for (const value of x) if (Math.abs(value) > Math.abs(best)) best = value;
  return best;
}

/** Returns the sum of squares in float32. */
export function sumOfSquares(x: Float32Array): number {
  let sum = 0;
  for (const value of x) sum = f(sum + f(value * value));
  return sum;
}

/** Writes importance · √(variance + x²) into `weights`: the weights of a group that an importance matrix describes. */
export function weighByImportance(
  x: Float32Array,
  importance: Float32Array,
  variance: number,
  weights: Float32Array,
): void {
  for (let i = 0; i < x.length; i++)
    weights[i] = f(importance[i] * f(Math.sqrt(f(variance + f(x[i] * x[i])))));
}

/** Weighted sums of values times codes and of squared codes. */
interface Sums {
  lx: number;
  l2: number;
}

/** Computes the codes of `x` for an inverse scale, in [−limit, limit − 1], and their sums. */
function symmetricSums(
  x: Float32Array,
  weights: Float32Array,
  inverse: number,
  limit: number,
  codes: Int8Array,
): Sums {
  let lx = 0;
  let l2 = 0;
  for (let i = 0; i < x.length; i++) {
    const l = limited(nearestInteger(f(inverse * x[i])), -limit, limit - 1);
    codes[i] = l;
    lx = f(lx + f(f(weights[i] * x[i]) * l));
    l2 = f(l2 + f(f(weights[i] * l) * l));
  }
  return { lx, l2 };
}

const tried = new Int8Array(256);

/**
 * Searches the scale of codes −limit … limit − 1 with the least weighted squared error among 19 that bring the value of
 * largest magnitude near −limit; `make_qx_quants` with rmse_type 1.
 * @param weights one per value
 * @param codes receives the codes
 * @returns the scale, which may be negative
 */
export function symmetricScale(
  x: Float32Array,
  weights: Float32Array,
  limit: number,
  codes: Int8Array,
): number {
  const max = largest(x);
  if (Math.abs(max) < NEGLIGIBLE) {
    codes.fill(0, 0, x.length);
    return 0;
  }
  const first = symmetricSums(x, weights, f(-limit / max), limit, codes);
  let scale = first.l2 ? f(first.lx / first.l2) : 0;
  let best = f(scale * first.lx);
  for (let step = -9; step <= 9; step++) {
    if (step === 0) continue;
    const inverse = f(-f(limit + f(TENTH * step)) / max);
    const { lx, l2 } = symmetricSums(x, weights, inverse, limit, tried);
    if (!(l2 > 0 && f(lx * lx) > f(best * l2))) continue;
    for (let i = 0; i < x.length; i++) codes[i] = tried[i];
    scale = f(lx / l2);
    best = f(scale * lx);
  }
  return scale;
}

/**
 * Rounds with the scale that brings the value of largest magnitude to −limit, then changes single codes while that reduces
 * the squared error weighted by x²; `make_q3_quants`.
 * @param codes receives the codes −limit … limit − 1
 * @returns the scale, which may be negative
 */
export function refinedScale(x: Float32Array, limit: number, codes: Int8Array): number {
  const max = largest(x);
  if (Math.abs(max) < NEGLIGIBLE) {
    codes.fill(0, 0, x.length);
    return 0;
  }
  const weights = x.map((value) => f(value * value));
  const sums = symmetricSums(x, weights, f(-limit / max), limit, codes);
  improveCodes(x, weights, codes, sums, -limit, limit - 1);
  return sums.l2 > 0 ? f(sums.lx / sums.l2) : 0;
}

/** Changes single codes while that reduces the error, in at most five passes. */
function improveCodes(
  x: Float32Array,
  weights: Float32Array,
  codes: Int8Array | Uint8Array,
  sums: Sums,
  low: number,
  high: number,
): void {
  for (let pass = 0; pass < PASSES; pass++) {
    let changed = false;
    for (let i = 0; i < x.length; i++)
      if (improveCode(x[i], weights[i], i, codes, sums, low, high)) changed = true;
    if (!changed) return;
  }
}

/** Gives value `i` the code that fits the scale of the others, if that reduces the error. @returns whether it did */
function improveCode(
  x: number,
  weight: number,
  i: number,
  codes: Int8Array | Uint8Array,
  sums: Sums,
  low: number,
  high: number,
): boolean {
  const wx = f(weight * x);
  let lx = f(sums.lx - f(wx * codes[i]));
  if (!(lx > 0)) return false;
  let l2 = f(sums.l2 - f(f(weight * codes[i]) * codes[i]));
  if (low === 0 && !(l2 > 0)) return false;
  const code = limited(nearestInteger(f(f(x * l2) / lx)), low, high);
  if (code === codes[i]) return false;
  lx = f(lx + f(wx * code));
  l2 = f(l2 + f(f(weight * code) * code));
  if (!(l2 > 0 && f(f(lx * lx) * sums.l2) > f(f(sums.lx * sums.lx) * l2))) return false;
  codes[i] = code;
  sums.lx = lx;
  sums.l2 = l2;
  return true;
}

/**
 * Quantises the non-negative scales of groups to codes 0 … `top` with the least weighted squared error;
 * `make_qp_quants`.
 * @returns the scale of the codes
 */
export function positiveScale(
  x: Float32Array,
  weights: Float32Array,
  top: number,
  codes: Uint8Array,
): number {
  let max = 0;
  for (const value of x) max = Math.max(max, value);
  if (max < NEGLIGIBLE) {
    codes.fill(0);
    return 0;
  }
  let inverse = f(top / max);
  let least = positiveError(x, weights, inverse, Infinity);
  for (let step = -4; step <= 4; step++) {
    if (step === 0) continue;
    const candidate = f(f(f(TENTH * step) + top) / max);
    const error = positiveError(x, weights, candidate, top);
    if (!(error < least)) continue;
    least = error;
    inverse = candidate;
  }
  const sums = { lx: 0, l2: 0 };
  for (let i = 0; i < x.length; i++) {
    const l = Math.min(top, nearestInteger(f(inverse * x[i])));
    codes[i] = l;
    sums.lx = f(sums.lx + f(f(weights[i] * x[i]) * l));
    sums.l2 = f(sums.l2 + f(f(weights[i] * l) * l));
  }
  improveCodes(x, weights, codes, sums, 0, top);
  return sums.l2 > 0 ? f(sums.lx / sums.l2) : 0;
}

function positiveError(x: Float32Array, weights: Float32Array, inverse: number, top: number): number {
  const scale = f(1 / inverse);
  let error = 0;
  for (let i = 0; i < x.length; i++) {
    const l = Math.min(top, nearestInteger(f(inverse * x[i])));
    const difference = f(x[i] - f(scale * l));
    error = f(error + f(f(weights[i] * difference) * difference));
  }
  return error;
}

/** Which scales `affineScale` tries: those with range ÷ (top + first + step · i) for i = 0 … steps. */
export interface AffineSearch {
  /** The largest code. */
  top: number;
  first: number;
  step: number;
  steps: number;
  /** Whether the error is the weighted sum of magnitudes instead of squares. */
  absolute?: boolean;
}

const triedAffine = new Uint8Array(256);

/**
 * Searches scale and minimum of codes 0 … top, x ≈ scale · code − min with min ≥ 0, with the least weighted error;
 * `make_qkx2_quants` and `make_qkx3_quants`. Like ggml's, the search goes on from the best minimum so far.
 * @param codes receives the codes
 */
export function affineScale(
  x: Float32Array,
  weights: Float32Array,
  { top, first, step, steps, absolute = false }: AffineSearch,
  codes: Uint8Array,
): { scale: number; min: number } {
  const { low, max, sumW, sumX } = weightedRange(x, weights);
  let min = low;
  if (max === low) {
    codes.fill(0, 0, x.length);
    return { scale: 0, min: -low };
  }
  let inverse = f(top / f(max - min));
  let scale = f(1 / inverse);
  affineSums(x, weights, inverse, min, top, codes);
  let least = affineError(x, weights, codes, scale, min, absolute);
  for (let i = 0; i <= steps; i++) {
    inverse = f(f(f(f(first) + f(f(step) * i)) + top) / f(max - min));
    const { l, l2, xl } = affineSums(x, weights, inverse, min, top, triedAffine);
    const determinant = f(f(sumW * l2) - f(l * l));
    if (!(determinant > 0)) continue;
    let fitted = f(f(f(sumW * xl) - f(sumX * l)) / determinant);
    let fittedMin = f(f(f(l2 * sumX) - f(l * xl)) / determinant);
    if (fittedMin > 0) {
      fittedMin = 0;
      fitted = f(xl / l2);
    }
    const error = affineError(x, weights, triedAffine, fitted, fittedMin, absolute);
    if (!(error < least)) continue;
    for (let k = 0; k < x.length; k++) codes[k] = triedAffine[k];
    least = error;
    scale = fitted;
    min = fittedMin;
  }
  return { scale, min: -min };
}

/** Returns the range of the values and 0, and the sums of the weights and of weighted values. */
function weightedRange(x: Float32Array, weights: Float32Array) {
  let min = x[0];
  let max = x[0];
  let sumW = weights[0];
  let sumX = f(weights[0] * x[0]);
  for (let i = 1; i < x.length; i++) {
    if (x[i] < min) min = x[i];
    if (x[i] > max) max = x[i];
    sumW = f(sumW + weights[i]);
    sumX = f(sumX + f(weights[i] * x[i]));
  }
  return { low: min > 0 ? 0 : min, max, sumW, sumX };
}

function affineSums(
  x: Float32Array,
  weights: Float32Array,
  inverse: number,
  min: number,
  top: number,
  codes: Uint8Array,
) {
  let l = 0;
  let l2 = 0;
  let xl = 0;
  for (let i = 0; i < x.length; i++) {
    const code = limited(nearestInteger(f(inverse * f(x[i] - min))), 0, top);
    codes[i] = code;
    const wl = f(weights[i] * code);
    l = f(l + wl);
    l2 = f(l2 + f(wl * code));
    xl = f(xl + f(wl * x[i]));
  }
  return { l, l2, xl };
}

function affineError(
  x: Float32Array,
  weights: Float32Array,
  codes: Uint8Array,
  scale: number,
  min: number,
  absolute: boolean,
): number {
  let error = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = f(f(f(scale * codes[i]) + min) - x[i]);
    const size = absolute ? Math.abs(difference) : f(difference * difference);
    error = f(error + f(weights[i] * size));
  }
  return error;
}
