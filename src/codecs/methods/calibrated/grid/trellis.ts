import { MAX_LEVEL } from './layout';

/**
 * The next state after a level of even or odd parity, in trellis-coded quantisation with the eight states of dependent
 * quantisation in Versatile Video Coding (Schwarz et al. 2019, https://doi.org/10.1109/DCC.2019.00065, eight-state extension).
 * With D = half the step, level k stands for 2k·D in even states and for (2|k| − 1)·sign(k)·D in odd ones, and the parity of k
 * selects the next state. The points of all states together are D apart, but each level is coded as one of points 2D apart.
 */
export const NEXT_STATE: readonly (readonly [even: number, odd: number])[] = [
  [0, 2],
  [5, 7],
  [1, 3],
  [6, 4],
  [2, 0],
  [4, 6],
  [3, 1],
  [7, 5],
];
const STATES = NEXT_STATE.length;

/** Returns the value of a level in units of D. */
export function levelValue(level: number, state: number): number {
  return 2 * level - Math.sign(level) * (state & 1);
}

/** Returns the level of given parity, at most 127 in magnitude, whose value in a state is nearest to x (in units of D). */
export function nearestLevel(x: number, state: number, parity: number): number {
  const size = Math.abs(x);
  const sign = x < 0 ? -1 : 1;
  if (state % 2 === 0) {
    // 2k·D: multiples of 4 for even k, 4m + 2 for odd k.
    const m = parity === 0 ? Math.floor(size / 4 + 0.5) : Math.floor(size / 4);
    return sign * Math.min(2 * m + parity, MAX_LEVEL - 1 + parity);
  }
  // Even k: 0, 3, 7, 11 …; odd k: 1, 5, 9 …
  if (parity === 0)
    return size < 1.5 ? 0 : sign * Math.min(2 * Math.max(1, Math.floor((size + 3) / 4)), MAX_LEVEL - 1);
  return sign * Math.min(2 * Math.floor(Math.max(0, size + 1) / 4) + 1, MAX_LEVEL);
}

/** Finds the levels of a column that minimise the squared error by Viterbi's algorithm. @param column weights in units of D */
export function trellisLevels(column: ArrayLike<number>): Int32Array {
  let costs = new Float64Array(STATES).fill(Infinity);
  costs[0] = 0;
  const steps: { from: Uint8Array; levels: Int32Array }[] = [];
  for (let i = 0; i < column.length; i++) {
    const next = new Float64Array(STATES).fill(Infinity);
    const step = { from: new Uint8Array(STATES), levels: new Int32Array(STATES) };
    for (let state = 0; state < STATES; state++)
      for (const parity of [0, 1]) {
        const level = nearestLevel(column[i], state, parity);
        const cost = costs[state] + (column[i] - levelValue(level, state)) ** 2;
        const to = NEXT_STATE[state][parity];
        if (!(cost < next[to])) continue;
        next[to] = cost;
        step.from[to] = state;
        step.levels[to] = level;
      }
    steps.push(step);
    costs = next;
  }
  let state = costs.indexOf(Math.min(...costs));
  const levels = new Int32Array(column.length);
  for (let i = column.length - 1; i >= 0; i--) {
    levels[i] = steps[i].levels[state];
    state = steps[i].from[state];
  }
  return levels;
}
