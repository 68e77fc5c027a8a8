import { KeyedRandom } from '../../../../base/random';
import type { LowRankSettings } from './reference';

const STREAM = 0x74780001;

/** Rounds of power iteration: those of Tenpak, and enough for all but flat spectra. */
export const POWER_ROUNDS = { faithful: 10, corrected: 20 };

/** What the power iteration of a matrix follows from. */
interface LowRankSource {
  shape: readonly [rows: number, columns: number];
  rank: number;
  faithful: boolean;
  seed: number;
}

/**
 * The power iteration of a matrix.
 * @param shift what Tenpak subtracts from its first vectors
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

/** Tenpak's first vectors: ((7i + 13k) mod 100)/100 − shift for element i of triplet k. [rank, columns] */
export function patternStarts(rank: number, columns: number, shift: number): Float32Array {
  return Float32Array.from({ length: rank * columns }, (_, at) => {
    const [k, i] = [Math.floor(at / columns), at % columns];
    return ((7 * i + 13 * k) % 100) / 100 - shift;
  });
}

/** Standard normal first vectors, which almost surely have a share of every singular vector. [rank, columns] */
function randomStarts(rank: number, columns: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, STREAM);
  return Float32Array.from({ length: rank * columns }, () => random.nextNormal());
}
