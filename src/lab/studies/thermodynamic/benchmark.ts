import { pause } from '../../../base/pause';
import { validateTransitions } from '../../../diffusion/thermodynamic/markov';
import { runPhases, type PhaseConfiguration } from '../../../diffusion/thermodynamic/phases';
import { INTERPOLATION_NAMES } from '../../../diffusion/thermodynamic/smoothing';
import {
  quantiseByGroup,
  restoreValue,
  timeGroups,
  type StepRange,
  type TimeGroup,
} from '../../../diffusion/thermodynamic/timeGroups';
import { TRANSITION_SCHEDULES } from '../../../diffusion/thermodynamic/transition';
import type { Interval } from '../../../evaluate/statistics/proportions';
import { summarize } from '../../../evaluate/statistics/summary';

/** Numbers of weights that the published benchmark uses. */
export const THERMODYNAMIC_SIZES = [1024, 4096, 16_384];
const STEPS = 100;
const GROUPS = 4;
/** Iterations of the optimiser in the published benchmark; by default it takes up to 50. */
const ITERATIONS = 20;
/** Values between the ends of a step's range with which errors are computed. */
const VALUES_PER_STEP = 101;
/** Six samples are the fewest with a 95 % interval of the median. */
const MIN_ROUNDS = 6;

/** The published targets of a phase: time over the baseline, and smoothness. */
interface PhaseTarget {
  overhead: number;
  score: number;
}

interface Phase {
  name: string;
  target?: PhaseTarget;
  configuration: PhaseConfiguration;
}

interface LossChange {
  initial: number;
  final: number;
}

/** A phase at one number of weights. */
export interface PhaseResult {
  phase: string;
  weights: number;
  /** Median and 95 % interval, of the phase with the rounding that follows. */
  milliseconds: { median: number; ci95: Interval };
  /** Time ÷ time of the baseline − 1, paired; undefined for the baseline. */
  overhead?: { median: number; ci95: Interval };
  target?: PhaseTarget;
  /** Smoothness of the groups afterwards, 1 for equal ones. */
  score: number;
  /** Mean squared error of activations that fill the range of each step, rounded with the parameters of its group. */
  activationError: number;
  /** Share of those activations that are cut off. */
  clipped: number;
  loss?: LossChange;
}

const PHASES: readonly Phase[] = [
  { name: 'baseline', configuration: {} },
  {
    name: 'phase 1, validation',
    target: { overhead: 0.01, score: 0.7 },
    configuration: { validation: {} },
  },
  ...INTERPOLATION_NAMES.map((method): Phase => ({
    name: `phase 2, ${method}`,
    target: { overhead: 0.1, score: 0.82 },
    configuration: { smoothing: { method } },
  })),
  ...TRANSITION_SCHEDULES.map((schedule): Phase => ({
    name: `phase 3, ${schedule}`,
    target: { overhead: 0.25, score: 0.9 },
    configuration: { optimisation: { schedule, maxIterations: ITERATIONS } },
  })),
];

/**
 * Runs the benchmark that ArrowQuant V2 describes, on its data: a ramp of weights between ±0.5, 100 steps in four groups of ranges ±1 … ±2.5. The
 * phases are as published, each from the groups of the baseline; each round times the baseline beside the phase.
 * @param seconds time for each phase at each size; at least six rounds are taken
 * @throws Cancelled
 */
export async function* runThermodynamic(
  { sizes, seconds }: { sizes: readonly number[]; seconds: number },
  signal?: AbortSignal,
): AsyncGenerator<PhaseResult> {
  const ranges = benchmarkRanges();
  for (const size of sizes) {
    const weights = Float64Array.from({ length: size }, (_, i) => i / (size - 1) - 0.5);
    for (const phase of PHASES) yield await measured(phase, weights, ranges, seconds, signal);
  }
}

/** The ranges of the published benchmark: four levels, each for a quarter of the steps. */
export function benchmarkRanges(): StepRange[] {
  return Array.from({ length: STEPS }, (_, t) => {
    const max = 1 + 0.5 * Math.floor((t * GROUPS) / STEPS);
    return { min: -max, max };
  });
}

async function measured(
  phase: Phase,
  weights: Float64Array,
  ranges: readonly StepRange[],
  seconds: number,
  signal?: AbortSignal,
): Promise<PhaseResult> {
  const run = ({ configuration }: Phase) => {
    const applied = runPhases(timeGroups(ranges, GROUPS), weights, configuration);
    quantiseByGroup(weights, applied.groups);
    return applied;
  };
  const { groups, optimisation } = run(phase);
  const [own, ratios] = [[] as number[], [] as number[]];
  const end = performance.now() + 1000 * seconds;
  while (own.length < MIN_ROUNDS || performance.now() < end) {
    await pause(signal);
    const baseline = elapsed(() => run(PHASES[0]));
    own.push(elapsed(() => run(phase)));
    ratios.push(own[own.length - 1] / baseline - 1);
  }
  return {
    phase: phase.name,
    weights: weights.length,
    milliseconds: intervalOf(own),
    ...(phase.target && { overhead: intervalOf(ratios), target: phase.target }),
    score: validateTransitions(groups).score,
    ...activationErrors(groups, ranges),
    ...(optimisation && { loss: { initial: optimisation.initialLoss, final: optimisation.finalLoss } }),
  };
}

function elapsed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function intervalOf(samples: readonly number[]): { median: number; ci95: Interval } {
  const { median, ci95 } = summarize(samples);
  return { median, ci95 };
}

/** Rounds values that fill the range of each step evenly with the parameters of the step's group. */
export function activationErrors(
  groups: readonly TimeGroup[],
  ranges: readonly StepRange[],
): { activationError: number; clipped: number } {
  let [squares, clipped] = [0, 0];
  for (const group of groups)
    for (const { min, max } of ranges.slice(group.start, group.end))
      for (let i = 0; i < VALUES_PER_STEP; i++) {
        const value = min + ((max - min) * i) / (VALUES_PER_STEP - 1);
        const error = restoreValue(value, group) - value;
        squares += error ** 2;
        // Rounding alone misses by at most half a step.
        if (Math.abs(error) > 0.5 * group.scale * (1 + 1e-9)) clipped++;
      }
  const count = ranges.length * VALUES_PER_STEP;
  return { activationError: squares / count, clipped: clipped / count };
}
