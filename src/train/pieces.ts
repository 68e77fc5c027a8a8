import type { Gpu } from '../gpu/gpu';
import { maxDispatchCost } from '../runtime/forward/cost';

/** Items [first, last) of one dispatch. */
export interface Piece {
  first: number;
  last: number;
  /** Floating-point operations. */
  cost: number;
}

/**
 * Cuts items 0 … count − 1 so that no dispatch does more work than one submit may.
 * @param costEach floating-point operations per item
 * @param align every piece begins at a multiple of it
 */
export function piecesOf(gpu: Gpu, count: number, costEach: number, align = 64): Piece[] {
  const most = Math.max(align, Math.floor(maxDispatchCost(gpu) / costEach / align) * align);
  const pieces: Piece[] = [];
  for (let first = 0; first < count; first += most) {
    const last = Math.min(count, first + most);
    pieces.push({ first, last, cost: costEach * (last - first) });
  }
  return pieces;
}
