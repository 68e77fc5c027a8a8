/** Bounds of the errors that are tried. From a norm of the error like that of the difference on, there is nothing left to store. */
const LEAST = 0.001;
const MOST = 0.9;
/** Halvings of the range, in its logarithm: the result is within a ninth of the largest error that holds. */
const HALVINGS = 6;

/**
 * Finds by bisection a large error of the differences, ‖Δ̂ − Δ‖ ÷ ‖Δ‖, with which a limit still holds.
 * @param holds measures whether the limit holds with an error
 * @returns the errors that were seen to hold, the largest first; none if not even the smallest does
 */
export async function errorsThatHold(holds: (error: number) => Promise<boolean>): Promise<number[]> {
  if (await holds(MOST)) return [MOST];
  if (!(await holds(LEAST))) return [];
  const found = [LEAST];
  let high = MOST;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = Number(Math.sqrt(found[0] * high).toPrecision(3));
    if (await holds(middle)) found.unshift(middle);
    else high = middle;
  }
  return found;
}
