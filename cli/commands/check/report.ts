import type { LogitsComparison } from './expectedLogits';

/** Returns the largest difference, the arg-max agreement, and the outcome. */
export function checkText({ maxAbsDifference, agreeing, rows }: LogitsComparison, tolerance: number): string {
  return (
    `max abs difference ${maxAbsDifference.toExponential(3)} (tolerance ${tolerance.toExponential(0)})\n` +
    `arg-max agreement ${agreeing} of ${rows}\n${maxAbsDifference <= tolerance ? 'PASS' : 'FAIL'}\n`
  );
}
