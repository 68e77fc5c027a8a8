import { partMiddle, type StepInputs } from '../../../../calibrate/steps';
import { roundedInput } from '../../../../models/inputRounding';
import { parametersOf, storedParameters, unionOf } from './ranges';

/**
 * Divides steps into groups so that the squared error of rounding their activations is the least that so many groups can have, by
 * dynamic programming. A group has the range of all its activations.
 * @returns the first step of each group
 */
export function cheapestStarts(steps: readonly StepInputs[], groups: number, maxCode: number): number[] {
  const cost = memo((start, end) => groupError(steps.slice(start, end), maxCode));
  // least[g][end] is the least error of the steps before `end` in g + 1 groups, and `from` where the last of these begins.
  let least = Array.from({ length: steps.length + 1 }, (_, end) => (end === 0 ? Infinity : cost(0, end)));
  const from: number[][] = [];
  for (let group = 1; group < groups; group++) {
    const starts = least.map((_, end) =>
      cheapestStart(end, group, (start) => least[start] + cost(start, end)),
    );
    least = least.map((_, end) => (end > group ? least[starts[end]] + cost(starts[end], end) : Infinity));
    from.push(starts);
  }
  const starts: number[] = [];
  let end = steps.length;
  for (const choices of from.toReversed()) starts.unshift((end = choices[end]));
  return [0, ...starts];
}

/** Returns where the last group before `end` begins, after at least `group` steps. */
function cheapestStart(end: number, group: number, errorFrom: (start: number) => number): number {
  let best = group;
  for (let start = group; start < end; start++) if (errorFrom(start) < errorFrom(best)) best = start;
  return best;
}

/** Sums the squared errors of rounding the activations of some steps with one range. */
function groupError(steps: readonly StepInputs[], maxCode: number): number {
  const real = parametersOf(unionOf(steps), maxCode);
  if (!real) return 0;
  const parameters = storedParameters(real, maxCode);
  let squares = 0;
  for (const step of steps)
    step.histogram.forEach((count, part) => {
      if (count === 0) return;
      const value = partMiddle(step, part);
      squares += count * (roundedInput(value, parameters, maxCode) - value) ** 2;
    });
  return squares;
}

function memo(of: (start: number, end: number) => number): (start: number, end: number) => number {
  const known = new Map<string, number>();
  return (start, end) => {
    const key = `${start} ${end}`;
    const value = known.get(key) ?? of(start, end);
    known.set(key, value);
    return value;
  };
}
