import { KeyedRandom } from '../../../base/random';
import { goldenFrequencies } from './canonical';
import type { ComplexVector } from './complexMatrix';

/** The stream of the keyed generator from which test signals are drawn. */
const STREAM = 0x5160;
const TONES = 5;

/**
 * Makes a sum of complex tones of amplitude 1 and random phase, interleaved, at five of the canonical RFT's own frequencies. These are
 * the signals for which that transform was designed.
 */
export function goldenTones(n: number, seed: number): ComplexVector {
  const random = new KeyedRandom(seed, STREAM);
  const frequencies = goldenFrequencies(n);
  const x = new Float64Array(2 * n);
  for (let tone = 0; tone < TONES; tone++) {
    const frequency = frequencies[Math.floor(random.nextUniform() * n)];
    const phase = random.nextUniform();
    for (let j = 0; j < n; j++) {
      const angle = 2 * Math.PI * (frequency * j + phase);
      x[2 * j] += Math.cos(angle);
      x[2 * j + 1] += Math.sin(angle);
    }
  }
  return x;
}

/** Makes a golden quasi-periodic signal of n samples, the real part of `goldenTones`. */
export function goldenQuasiPeriodic(n: number, seed: number): Float64Array {
  return goldenTones(n, seed).filter((_, i) => i % 2 === 0);
}
