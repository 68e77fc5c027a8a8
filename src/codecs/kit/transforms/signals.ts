import { KeyedRandom } from '../../../base/random';
import { goldenFrequencies } from './canonical';
import type { ComplexVector } from './complexMatrix';

/** Stream of the keyed generator that test signals come from. */
const STREAM = 0x5160;
const TONES = 5;

/**
 * A sum of complex tones of amplitude 1 and random phase at five of the canonical RFT's own golden-ratio frequencies: the
 * family of signals that transform was made for. Interleaved, length 2n.
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

/** The real part of `goldenTones`: a golden quasi-periodic signal of n samples. */
export function goldenQuasiPeriodic(n: number, seed: number): Float64Array {
  return goldenTones(n, seed).filter((_, i) => i % 2 === 0);
}
