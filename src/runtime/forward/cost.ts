import type { Gpu } from '../../gpu/gpu';

/**
 * The most floating-point operations one dispatch may hold: a submit is at least one dispatch, and Stop answers only
 * between submits. 25 ms at the 2 GFLOP/s of a software adapter; a hardware adapter does 2e9 in that time or less.
 */
export function maxDispatchCost(gpu: Gpu): number {
  return gpu.info.software ? 5e7 : 2e9;
}
