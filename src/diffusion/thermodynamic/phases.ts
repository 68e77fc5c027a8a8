import { LabError } from '../../base/errors';
import { SCALE_JUMP_THRESHOLD, validateTransitions, type MarkovValidation } from './markov';
import { SMOOTHING_WINDOW, smoothBoundaries, type Interpolation } from './smoothing';
import type { TimeGroup } from './timeGroups';
import { optimiseTransitions, type TransitionOptions, type TransitionResult } from './transition';

/** Which phases run, and how. As published, a phase that is not configured does not run. */
export interface PhaseConfiguration {
  /** Relative jump of the scale above which a boundary is a violation. */
  validation?: { threshold?: number };
  smoothing?: { method: Interpolation; window?: number };
  optimisation?: TransitionOptions;
}

/** The published profiles: bits and group size of weights, time groups, and the smoothness that is asked for. */
export const PROFILES = {
  edge: { bits: 2, groups: 5, groupSize: 256, minScore: 0.65 },
  local: { bits: 4, groups: 10, groupSize: 128, minScore: 0.85 },
  cloud: { bits: 8, groups: 20, groupSize: 64, minScore: 0.95 },
} as const;

/** What the phases did. */
interface PhaseMetrics {
  groups: TimeGroup[];
  /** The validation of the groups as they were given: the published score is not computed again after smoothing. */
  validation?: MarkovValidation;
  optimisation?: TransitionResult;
}

/**
 * Runs the configured phases one after the other. Without a configuration the groups stay as they are.
 * @throws LabError bad-input for a threshold, learning rate or tolerance that is not above 0, or as `smoothBoundaries`
 */
export function runPhases(
  groups: readonly TimeGroup[],
  weights: Float64Array,
  { validation, smoothing, optimisation }: PhaseConfiguration = {},
): PhaseMetrics {
  requirePositive('threshold', validation?.threshold);
  requirePositive('learning rate', optimisation?.learningRate);
  requirePositive('tolerance', optimisation?.tolerance);
  const validated = validation && validateTransitions(groups, validation.threshold ?? SCALE_JUMP_THRESHOLD);
  const smoothed = smoothing
    ? smoothBoundaries(groups, smoothing.method, smoothing.window ?? SMOOTHING_WINDOW)
    : groups.map((group) => ({ ...group }));
  const found = optimisation && optimiseTransitions(weights, smoothed, optimisation);
  return {
    groups: found ? smoothed.map((group, i) => ({ ...group, ...found.groups[i] })) : smoothed,
    ...(validated && { validation: validated }),
    ...(found && { optimisation: found }),
  };
}

function requirePositive(name: string, value: number | undefined): void {
  if (value === undefined || value > 0) return;
  throw new LabError('bad-input', `The ${name} of the phases cannot be ${value}.`, 'Use a number above 0.');
}
