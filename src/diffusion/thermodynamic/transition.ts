import { roundHalfAway } from '../../base/rounding';
import { groupOfWeights, type GroupParameters } from './timeGroups';

export type TransitionSchedule = 'linear' | 'cosine';
export const TRANSITION_SCHEDULES: readonly TransitionSchedule[] = ['linear', 'cosine'];

const FIRST_BETA = 1e-4;
const LAST_BETA = 0.02;
const LARGEST_BETA = 0.9999;
/** Keeps the first steps of the cosine schedule from having no noise (arXiv 2102.09672, section 3.2). */
const COSINE_OFFSET = 0.008;

/**
 * Returns the variances β_t of the noise that the third phase assigns to the time groups, t = 0 … count − 1: linear as in DDPM (arXiv
 * 2006.11239) or cosine (arXiv 2102.09672). The published system divides by zero for a single group; here it gets the first β.
 */
export function transitionBetas(schedule: TransitionSchedule, count: number): number[] {
  return Array.from({ length: count }, (_, t) =>
    schedule === 'linear' ? linearBeta(t, count) : cosineBeta(t, count),
  );
}

function linearBeta(t: number, count: number): number {
  return count === 1 ? FIRST_BETA : FIRST_BETA + ((LAST_BETA - FIRST_BETA) * t) / (count - 1);
}

function cosineBeta(t: number, count: number): number {
  const retained = (u: number) =>
    Math.cos(((u / count + COSINE_OFFSET) / (1 + COSINE_OFFSET)) * (Math.PI / 2)) ** 2;
  const beta = 1 - retained(t) / (t === 0 ? 1 : retained(t - 1));
  return Math.max(FIRST_BETA, Math.min(LARGEST_BETA, beta));
}

/** Mean and standard deviation. */
export interface Gaussian {
  mean: number;
  deviation: number;
}

/** Returns mean and standard deviation after one step of the diffusion: μ√α and √(σ²α + β), with α = 1 − β. */
function transitionOf({ mean, deviation }: Gaussian, beta: number): Gaussian {
  const alpha = 1 - beta;
  return { mean: mean * Math.sqrt(alpha), deviation: Math.sqrt(deviation ** 2 * alpha + beta) };
}

const TINY = 1e-8;

/** Returns the KL divergence of two normal distributions in nats, at least 0. Deviations below 1e-8 count as 1e-8. */
export function gaussianDivergence(of: Gaussian, from: Gaussian): number {
  const [own, other] = [Math.max(of.deviation, TINY), Math.max(from.deviation, TINY)];
  const squares = (own ** 2 + (of.mean - from.mean) ** 2) / (2 * other ** 2);
  return Math.max(0, Math.log(other / own) + squares - 0.5);
}

/** Returns the Shannon entropy in nats of the histogram of values, with bins of width 0.01 around its multiples. */
export function histogramEntropy(values: Float64Array): number {
  const counts = new Map<number, number>();
  for (const value of values) {
    const bin = roundHalfAway(100 * value);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / values.length) * Math.log(count / values.length);
  return entropy;
}

/** Two-bit codes of the published optimiser. */
const LOWEST_CODE = -2;
const HIGHEST_CODE = 1;

/**
 * Rounds weights to the codes −2 … 1 of their group and restores them. Here the zero point is an offset in the unit of the weights,
 * while the time groups give it in codes, about 127.5: taken over as it is, every restored weight is near 127.5.
 */
export function roundToTwoBits(weights: Float64Array, groups: readonly GroupParameters[]): Float64Array {
  const groupOf = groupOfWeights(weights.length, groups.length);
  return weights.map((weight, i) => {
    const { scale, zeroPoint } = groups[groupOf(i)];
    const code = roundHalfAway((weight - zeroPoint) / scale);
    return Math.max(LOWEST_CODE, Math.min(HIGHEST_CODE, code)) * scale + zeroPoint;
  });
}

/** Weights of the parts of the loss. */
export interface LossWeights {
  divergence: number;
  entropy: number;
}

const LOSS_WEIGHTS: LossWeights = { divergence: 0.1, entropy: 0.05 };

/**
 * Returns the loss of the third phase: mean squared error + λ_m · mean over groups of the KL divergence of the transitions of a group's weights
 * before and after rounding − λ_e · entropy of the restored weights.
 */
export function transitionLoss(
  weights: Float64Array,
  groups: readonly GroupParameters[],
  schedule: TransitionSchedule,
  { divergence, entropy }: LossWeights = LOSS_WEIGHTS,
): number {
  const restored = roundToTwoBits(weights, groups);
  const betas = transitionBetas(schedule, groups.length);
  const size = Math.ceil(weights.length / groups.length);
  const divergences = betas.map((beta, t) => {
    const slice = (values: Float64Array) =>
      transitionOf(gaussianOf(values.subarray(t * size, (t + 1) * size)), beta);
    return gaussianDivergence(slice(weights), slice(restored));
  });
  return (
    meanOf(weights, (weight, i) => (weight - restored[i]) ** 2) +
    divergence * (divergences.reduce((sum, value) => sum + value, 0) / groups.length) -
    entropy * histogramEntropy(restored)
  );
}

function gaussianOf(values: Float64Array): Gaussian {
  if (values.length === 0) return { mean: 0, deviation: 0 };
  const mean = meanOf(values, (value) => value);
  return { mean, deviation: Math.sqrt(meanOf(values, (value) => (value - mean) ** 2)) };
}

function meanOf(values: Float64Array, of: (value: number, index: number) => number): number {
  let sum = 0;
  values.forEach((value, i) => (sum += of(value, i)));
  return sum / values.length;
}

export interface TransitionOptions {
  schedule: TransitionSchedule;
  weights?: LossWeights;
  learningRate?: number;
  maxIterations?: number;
  /** Change of the loss from one iteration to the next below which it ends. */
  tolerance?: number;
}

export interface TransitionResult {
  /** The parameters with the least loss. */
  groups: GroupParameters[];
  iterations: number;
  converged: boolean;
  initialLoss: number;
  finalLoss: number;
  history: number[];
}

const DIFFERENCE = 1e-4;
const MAX_GRADIENT = 1;
const MIN_SCALE = 1e-6;

/**
 * The third phase of ArrowQuant V2: gradient descent on the scales and zero points by central differences, each gradient clipped to ±1.
 * Weights must not be empty.
 */
export function optimiseTransitions(
  weights: Float64Array,
  initial: readonly GroupParameters[],
  { schedule, weights: parts, learningRate = 0.01, maxIterations = 50, tolerance = 1e-4 }: TransitionOptions,
): TransitionResult {
  const lossOf = (groups: readonly GroupParameters[]) => transitionLoss(weights, groups, schedule, parts);
  let groups = initial.map(({ scale, zeroPoint }) => ({ scale, zeroPoint }));
  const history = [lossOf(groups)];
  let best = { groups, loss: history[0] };
  let converged = false;
  while (history.length <= maxIterations && !converged) {
    groups = descend(groups, lossOf, learningRate);
    const loss = lossOf(groups);
    if (loss < best.loss) best = { groups, loss };
    converged = Math.abs(loss - history[history.length - 1]) < tolerance;
    history.push(loss);
  }
  return {
    groups: best.groups,
    iterations: history.length - 1,
    converged,
    initialLoss: history[0],
    finalLoss: best.loss,
    history,
  };
}

function descend(
  groups: readonly GroupParameters[],
  lossOf: (groups: readonly GroupParameters[]) => number,
  learningRate: number,
): GroupParameters[] {
  const slope = (index: number, key: keyof GroupParameters) => {
    const moved = (by: number) =>
      groups.map((group, i) => (i === index ? { ...group, [key]: group[key] + by } : group));
    const gradient = (lossOf(moved(DIFFERENCE)) - lossOf(moved(-DIFFERENCE))) / (2 * DIFFERENCE);
    return learningRate * Math.max(-MAX_GRADIENT, Math.min(MAX_GRADIENT, gradient));
  };
  return groups.map(({ scale, zeroPoint }, i) => ({
    scale: Math.max(MIN_SCALE, scale - slope(i, 'scale')),
    zeroPoint: zeroPoint - slope(i, 'zeroPoint'),
  }));
}
