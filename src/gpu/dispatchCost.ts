import type { Gpu } from './gpu';

/**
 * Returns the largest number of floating-point operations of one dispatch. A submit has at least one dispatch, and work can
 * be aborted only between submits. This is 25 ms at the 2 GFLOP/s of a software adapter; a hardware adapter takes no longer
 * for 2e9.
 */
export function maxDispatchCost(gpu: Gpu): number {
  return gpu.info.software ? 5e7 : 2e9;
}

/** The items [first, last) of one dispatch. */
export interface DispatchRange {
  first: number;
  last: number;
  /** Estimated floating-point operations. */
  cost: number;
}

/**
 * Splits items 0 … count − 1 so that no dispatch exceeds the cost limit.
 * @param costEach floating-point operations per item
 * @param align every range starts at a multiple of this
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
