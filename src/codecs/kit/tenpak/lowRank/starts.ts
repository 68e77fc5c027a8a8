import { KeyedRandom } from '../../../../base/random';

const STREAM = 0x74780001;

/** Tenpak's first vectors for power iteration: ((7i + 13k) mod 100)/100 − shift for element i of triplet k. [rank, columns] */
export function patternStarts(rank: number, columns: number, shift: number): Float32Array {
  return Float32Array.from({ length: rank * columns }, (_, at) => {
    const [k, i] = [Math.floor(at / columns), at % columns];
    return ((7 * i + 13 * k) % 100) / 100 - shift;
  });
}

/** Standard normal first vectors: almost surely none misses a singular vector. [rank, columns] */
export function randomStarts(rank: number, columns: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, STREAM);
  return Float32Array.from({ length: rank * columns }, () => random.nextNormal());
}
