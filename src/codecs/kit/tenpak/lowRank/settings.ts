import { KeyedRandom } from '../../../../base/random';
import type { LowRankSettings } from './reference';

const STREAM = 0x74780001;

/** Rounds of power iteration: those of Tenpak, and enough for all but flat spectra. */
export const POWER_ROUNDS = { faithful: 10, corrected: 20 };

/** What decides the power iteration of a matrix. */
interface LowRankSource {
  shape: readonly [rows: number, columns: number];
  rank: number;
  faithful: boolean;
  seed: number;
}

/**
 * Chooses rounds and first vectors of power iteration.
 * @param shift is subtracted from Tenpak's first vectors
 */
export function lowRankSettings(
  { shape, rank, faithful, seed }: LowRankSource,
  shift: number,
): LowRankSettings {
  const [, columns] = shape;
  return {
    rank,
    rounds: POWER_ROUNDS[faithful ? 'faithful' : 'corrected'],
    starts: faithful ? patternStarts(rank, columns, shift) : randomStarts(rank, columns, seed),
  };
}

/** Makes Tenpak's first vectors, [rank, columns]: ((7i + 13k) mod 100)/100 − shift for element i of triplet k. */
export function patternStarts(rank: number, columns: number, shift: number): Float32Array {
  return Float32Array.from({ length: rank * columns }, (_, at) => {
    const [k, i] = [Math.floor(at / columns), at % columns];
    return ((7 * i + 13 * k) % 100) / 100 - shift;
  });
}

/** Draws standard normal first vectors, [rank, columns], which almost surely have a share of every singular vector. */
function randomStarts(rank: number, columns: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, STREAM);
  return Float32Array.from({ length: rank * columns }, () => random.nextNormal());
}
