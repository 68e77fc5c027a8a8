import { LabError } from '../../base/errors';
import { roundHalfAway } from '../../base/rounding';

/** The smallest and largest activation of a diffusion step. */
export interface StepRange {
  min: number;
  max: number;
}

/** Scale and zero point of a group: a code q stands for (q − zeroPoint) · scale. The zero point need not be whole. */
export interface GroupParameters {
  scale: number;
  zeroPoint: number;
}

/** Neighbouring diffusion steps `start` ≤ t < `end` that share their parameters. */
export interface TimeGroup extends GroupParameters {
  start: number;
  end: number;
}

/** Codes are 0 … 255, whatever width the published system is configured with. */
const LEVELS = 255;
/** Scale of a group whose activations are all equal. */
const SCALE_OF_NO_RANGE = 1e-6;

/**
 * Divides diffusion steps into equal groups, b_i = ⌊i · T ÷ G⌋, and gives each the range of its steps, as ArrowQuant V2 does.
 * @param ranges one for each step
 * @param count number of groups; more than steps become one for each step
 * @throws LabError bad-input for no steps, no groups, or a range that is not finite or has its ends the wrong way round
 */
export function timeGroups(ranges: readonly StepRange[], count: number): TimeGroup[] {
  checkRanges(ranges, count);
  const starts = groupStarts(ranges.length, Math.min(count, ranges.length));
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? ranges.length;
    const steps = ranges.slice(start, end);
    const min = Math.min(...steps.map((step) => step.min));
    const max = Math.max(...steps.map((step) => step.max));
    return { start, end, ...parametersOf({ min, max }) };
  });
}

/** Returns the first step of each of equal groups, ⌊i · T ÷ G⌋. */
export function groupStarts(steps: number, groups: number): number[] {
  return Array.from({ length: groups }, (_, i) => Math.floor((i * steps) / groups));
}

function checkRanges(ranges: readonly StepRange[], count: number): void {
  if (ranges.length === 0)
    throw new LabError('bad-input', 'There are no diffusion steps to group.', 'Give a range for each step.');
  if (!Number.isInteger(count) || count < 1)
    throw new LabError('bad-input', `${count} is not a number of time groups.`, 'Use 1 or more.');
  const broken = ranges.findIndex(({ min, max }) => !(Number.isFinite(max - min) && min <= max));
  if (broken < 0) return;
  const { min, max } = ranges[broken];
  throw new LabError(
    'bad-input',
    `The range of step ${broken}, ${min} to ${max}, is not a finite interval.`,
    'Measure the ranges again.',
  );
}

function parametersOf({ min, max }: StepRange): GroupParameters {
  const scale = max === min ? SCALE_OF_NO_RANGE : (max - min) / LEVELS;
  return { scale, zeroPoint: -min / scale };
}

/**
 * Returns the group of each weight as published: by its position in the flat array, in parts of ⌈N ÷ G⌉. The i-th part of the weights
 * is thus rounded with the range that activations have at the i-th part of the diffusion steps, which have nothing to do with it.
 */
export function groupOfWeights(weights: number, groups: number): (index: number) => number {
  const size = Math.ceil(weights / groups);
  return (index) => Math.min(Math.floor(index / size), groups - 1);
}

/** Rounds weights to 0 … 255 with the parameters of their groups and restores them. */
export function quantiseByGroup(weights: Float64Array, groups: readonly GroupParameters[]): Float64Array {
  const groupOf = groupOfWeights(weights.length, groups.length);
  return weights.map((weight, i) => restoreValue(weight, groups[groupOf(i)]));
}

/** Rounds a value to 0 … 255, half away from zero, and restores it. */
export function restoreValue(value: number, { scale, zeroPoint }: GroupParameters): number {
  const code = Math.max(0, Math.min(LEVELS, roundHalfAway(value / scale + zeroPoint)));
  return (code - zeroPoint) * scale;
}
