import type { ComplexVector } from './complexMatrix';

/** Bits of the fields of one coefficient's word: keep << 31 | amplitude << 15 | phase (shaders/codecs/kit/transforms/quantise.wgsl). */
const KEEP = 0x80000000;
const PHASE_BITS = 15;
const PHASE_MASK = 2 ** PHASE_BITS - 1;

/** Moduli below count as this where their logarithm is taken. */
export const LOG_FLOOR = 1e-12;

/** How coefficients become codes. */
export interface PolarScale {
  /** Coefficients below this modulus are dropped. */
  prune: number;
  amplitudeBits: number;
  phaseBits: number;
  /** Bits for what rounding left, appended to both codes; 0 = none. */
  refine: number;
  /** Logarithm of the moduli: its lowest value and its range; absent: linear in [0, largest modulus of the block]. */
  log?: { low: number; span: number };
}

export function word(amplitude: number, phase: number): number {
  return (KEEP | (amplitude << PHASE_BITS) | phase) >>> 0;
}

export function isKept(code: number): boolean {
  return code >= KEEP;
}

export function amplitudeOf(code: number): number {
  return (code >>> PHASE_BITS) & 0xffff;
}

export function phaseOf(code: number): number {
  return code & PHASE_MASK;
}

/** To the nearest integer, half to even: `rint`. */
export function rint(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** Smallest and largest modulus of at least `prune`; undefined when there is none. */
export function modulusRange(c: ComplexVector, prune: number): { least: number; most: number } | undefined {
  let [least, most] = [Infinity, 0];
  for (let k = 0; k < c.length; k += 2) {
    const size = Math.hypot(c[k], c[k + 1]);
    if (!(size >= prune)) continue;
    least = Math.min(least, size);
    most = Math.max(most, size);
  }
  return least === Infinity ? undefined : { least, most };
}

/** Words of a block of coefficients, in float64; `most` is its largest modulus (linear amplitudes). */
export function quantisePolar(c: ComplexVector, scale: PolarScale, most: number): Uint32Array {
  return Uint32Array.from({ length: c.length / 2 }, (_, k) => {
    const [re, im] = [c[2 * k], c[2 * k + 1]];
    const size = Math.hypot(re, im);
    if (!(size >= scale.prune)) return 0;
    const turn = (angle(re, im) + Math.PI) / (2 * Math.PI);
    return word(
      refined(amplitudeShare(size, scale, most), scale.amplitudeBits, scale.refine),
      refined(turn, scale.phaseBits, scale.refine),
    );
  });
}

function angle(re: number, im: number): number {
  if (im === 0) return re < 0 ? Math.PI : 0;
  return Math.atan2(im, re);
}

function amplitudeShare(size: number, { log }: PolarScale, most: number): number {
  if (log) return log.span > 0 ? (Math.log(Math.max(size, LOG_FLOOR)) - log.low) / log.span : 0;
  return most === 0 ? 0 : size / most;
}

function refined(share: number, bits: number, refine: number): number {
  const exact = Math.max(0, Math.min(1, share)) * (2 ** bits - 1);
  const code = rint(exact);
  if (refine === 0) return code;
  return code * 2 ** refine + rint(Math.max(0, Math.min(1, exact - code + 0.5)) * (2 ** refine - 1));
}

/** The share of its range that a code of `bits` (and `refine` bits) stands for; inside [0, 1] but for half a step. */
export function shareOf(code: number, bits: number, refine: number): number {
  const levels = 2 ** bits - 1;
  if (refine === 0) return code / levels;
  const rest = (code % 2 ** refine) / (2 ** refine - 1) - 0.5;
  return (Math.floor(code / 2 ** refine) + rest) / levels;
}

/** Restored amplitude of every code, in units of the block's largest modulus where linear. */
export function amplitudeTable({ amplitudeBits, refine, log }: PolarScale): Float64Array {
  return Float64Array.from({ length: 2 ** (amplitudeBits + refine) }, (_, code) => {
    const share = shareOf(code, amplitudeBits, refine);
    return log ? Math.exp(log.low + share * log.span) : share;
  });
}

/** Restored direction (cos, sin) of every phase code. */
export function directionTable({ phaseBits, refine }: PolarScale): Float64Array {
  const table = new Float64Array(2 * 2 ** (phaseBits + refine));
  for (let code = 0; code < table.length / 2; code++) {
    const phase = 2 * Math.PI * shareOf(code, phaseBits, refine) - Math.PI;
    table[2 * code] = Math.cos(phase);
    table[2 * code + 1] = Math.sin(phase);
  }
  return table;
}

/** Coefficients of a block of words, in float64. */
export function restorePolar(words: Uint32Array, scale: PolarScale, peak: number): ComplexVector {
  const [amplitudes, directions] = [amplitudeTable(scale), directionTable(scale)];
  const c = new Float64Array(2 * words.length);
  words.forEach((code, k) => {
    if (!isKept(code)) return;
    const size = amplitudes[amplitudeOf(code)] * peak;
    c[2 * k] = size * directions[2 * phaseOf(code)];
    c[2 * k + 1] = size * directions[2 * phaseOf(code) + 1];
  });
  return c;
}
