import { SEARCH_STEPS } from './methods';
import type { Quantiser } from './ranges';

/**
 * Computes the largest error of a weight in a group of maximum |w|. Ends move by at most η errors of half a step, so a step grows by
 * at most η ÷ levels of itself in each round. A weight errs by half a step, by the way its end moved, and by the rounding of scale and
 * offset to float16.
 */
export function quantiserBound({ rounds, eta, bits, steps }: Quantiser, largest: number): number {
  const levels = 2 ** bits - 1;
  const step = ((2 * largest) / levels) * (1 + eta / levels) ** rounds;
  const moved = (0.5 + (eta * rounds) / 2) * step;
  const clipped = steps > 0 ? (2 * largest * SEARCH_STEPS) / 64 : 0;
  return moved + clipped + (levels * step + largest + moved) * 2 ** -9 + 32 * 2 ** -24 + 1e-8;
}
