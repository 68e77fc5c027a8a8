import type { Gpu } from './gpu';

/**
 * The most floating-point operations one dispatch may hold: a submit is at least one dispatch, and Stop answers only
 * between submits. 25 ms at the 2 GFLOP/s of a software adapter; a hardware adapter does 2e9 in that time or less.
 */
export function maxDispatchCost(gpu: Gpu): number {
  return gpu.info.software ? 5e7 : 2e9;
}

/** Items [first, last) of one dispatch. */
export interface DispatchRange {
  first: number;
  last: number;
  /** Floating-point operations. */
  cost: number;
}

/**
 * Cuts items 0 … count − 1 so that no dispatch does more work than one submit may.
 * @param costEach floating-point operations per item
 * @param align every range begins at a multiple of it
 */
export function dispatchRanges(gpu: Gpu, count: number, costEach: number, align = 64): DispatchRange[] {
  const step = Math.max(align, Math.floor(maxDispatchCost(gpu) / costEach / align) * align);
  const ranges: DispatchRange[] = [];
  for (let first = 0; first < count; first += step) {
    const last = Math.min(count, first + step);
    ranges.push({ first, last, cost: costEach * (last - first) });
  }
  return ranges;
}
