import { LabError } from '../../../../base/errors';
import type { StepInputs } from '../../../../calibrate/steps';
import { smoothBoundaries } from '../../../../diffusion/thermodynamic/smoothing';
import { groupStarts, type GroupParameters } from '../../../../diffusion/thermodynamic/timeGroups';
import { optimiseTransitions } from '../../../../diffusion/thermodynamic/transition';
import type { TimeRounding } from '../../../../models/inputRounding';
import type { SourceTensor } from '../../../contract/codec';
import { cheapestStarts } from './boundaries';
import { maxCodeOf, type TimeGroupOptions } from './options';
import { parametersOf, RANGES, storedParameters } from './ranges';
import { smoothSteps, type RangedGroup } from './smooth';

/** Iterations of the published optimisation in its benchmark. */
const ITERATIONS = 20;
const MAX_START = 2 ** 24;

/** The first calibrated step of a group, with its parameters. */
interface Parameters extends GroupParameters {
  start: number;
}

/**
 * Chooses scale and zero point of a layer's input for each group of time steps.
 * @throws LabError bad-input for more groups than steps, or for an input that is always 0
 */
export function chooseTimes(
  tensor: SourceTensor,
  options: TimeGroupOptions,
  steps: readonly StepInputs[],
): TimeRounding {
  checkSteps(tensor, options, steps);
  const maxCode = maxCodeOf(options);
  const chosen = optimised(tensor, options, smoothed(tensor, options, steps));
  const times = chosen.map(({ start, ...parameters }) => ({
    // The first group also has the steps before the first that was calibrated.
    start: start === 0 ? 0 : steps[start].timestep,
    ...storedParameters(parameters, maxCode),
  }));
  return { maxCode, times };
}

function checkSteps(
  { name }: SourceTensor,
  { groups }: TimeGroupOptions,
  steps: readonly StepInputs[],
): void {
  if (groups > steps.length)
    throw new LabError(
      'bad-input',
      `${groups} groups are more than the ${steps.length} time steps on which ${name} was calibrated.`,
      `Use at most ${steps.length} groups, or calibrate with more sampling steps.`,
    );
  const late = steps.find(({ timestep }) => timestep >= MAX_START);
  if (late)
    throw new LabError(
      'unsupported',
      `The time step ${late.timestep} does not fit the table of ${name}, which ends at ${MAX_START - 1}.`,
      'Use a model that was trained with fewer time steps.',
    );
}

/** Returns the parameters of the groups, smoothed if the options say so. */
function smoothed(
  tensor: SourceTensor,
  options: TimeGroupOptions,
  steps: readonly StepInputs[],
): Parameters[] {
  const { smoothing: method, over, window, clipped } = options;
  const maxCode = maxCodeOf(options);
  const groups = rangedGroups(tensor, options, steps);
  const withParameters = (ranged: readonly RangedGroup[]) =>
    ranged.map(({ start, range }) => ({
      start,
      ...(parametersOf(range, maxCode) ?? refuseNoRange(tensor, steps[start])),
    }));
  if (method === 'none') return withParameters(groups);
  if (over === 'groups') return smoothBoundaries(withParameters(groups), method, window);
  return withParameters(smoothSteps(steps, groups, { method, window, clipped }));
}

function rangedGroups(
  tensor: SourceTensor,
  options: TimeGroupOptions,
  steps: readonly StepInputs[],
): RangedGroup[] {
  const { groups, grouping, range } = options;
  const maxCode = maxCodeOf(options);
  const starts =
    grouping === 'dp' ? cheapestStarts(steps, groups, maxCode) : groupStarts(steps.length, groups);
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? steps.length;
    return { start, end, range: RANGES[range](steps.slice(start, end), tensor, maxCode) };
  });
}

/** Applies the published optimisation, which looks at the weights in place of the activations. */
function optimised(
  { values }: SourceTensor,
  { optimise: schedule }: TimeGroupOptions,
  groups: Parameters[],
): Parameters[] {
  if (schedule === 'none') return groups;
  const found = optimiseTransitions(Float64Array.from(values), groups, {
    schedule,
    maxIterations: ITERATIONS,
  });
  return groups.map((group, i) => ({ ...group, ...found.groups[i] }));
}

function refuseNoRange({ name }: SourceTensor, { timestep }: StepInputs): never {
  throw new LabError(
    'bad-input',
    `What ${name} reads is 0 everywhere in the group of time step ${timestep}, so its range has no variation.`,
    'Calibrate with more images, or leave this tensor out of the scope.',
  );
}
