import type { ComplexVector } from './complexMatrix';

/** The fields of one coefficient's word: keep << 31 | amplitude << 15 | phase (shaders/codecs/kit/transforms/quantise.wgsl). */
const KEEP = 0x80000000;
const PHASE_BITS = 15;
const PHASE_MASK = 2 ** PHASE_BITS - 1;

/** The modulus to which smaller ones are raised before their logarithm is taken. */
export const LOG_FLOOR = 1e-12;

/** How coefficients are rounded to codes of amplitude and phase. */
export interface PolarScale {
  /** The modulus below which coefficients are dropped. */
  prune: number;
  amplitudeBits: number;
  phaseBits: number;
  /** Bits of the rounding error that are appended to both codes. */
  refine: number;
  /** The range of the moduli's logarithm. If absent, amplitudes are linear from 0 to the largest modulus of the block. */
  log?: { low: number; span: number };
}

/** Packs the codes of a kept coefficient. */
export function polarWord(amplitude: number, phase: number): number {
  return (KEEP | (amplitude << PHASE_BITS) | phase) >>> 0;
}

/** Whether a word is that of a kept coefficient. */
export function isKept(code: number): boolean {
  return code >= KEEP;
}

/** Extracts the amplitude code of a word. */
export function amplitudeOf(code: number): number {
  return (code >>> PHASE_BITS) & 0xffff;
}

/** Extracts the phase code of a word. */
export function phaseOf(code: number): number {
  return code & PHASE_MASK;
}

/** Rounds to the nearest integer, half to even. */
export function rint(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** The smallest and the largest modulus that is kept. */
export interface ModulusRange {
  min: number;
  max: number;
}

/** Finds the range of the moduli of at least `prune`, or undefined if there is none. */
export function modulusRange(c: ComplexVector, prune: number): ModulusRange | undefined {
  let [min, max] = [Infinity, 0];
  for (let k = 0; k < c.length; k += 2) {
    const size = Math.hypot(c[k], c[k + 1]);
    if (!(size >= prune)) continue;
    min = Math.min(min, size);
    max = Math.max(max, size);
  }
  return min === Infinity ? undefined : { min, max };
}

/** Rounds a block of coefficients to words, in float64. @param peak the largest modulus, for linear amplitudes */
export function quantisePolar(c: ComplexVector, scale: PolarScale, peak: number): Uint32Array {
  return Uint32Array.from({ length: c.length / 2 }, (_, k) => {
    const [re, im] = [c[2 * k], c[2 * k + 1]];
    const size = Math.hypot(re, im);
    if (!(size >= scale.prune)) return 0;
    const phaseShare = (angle(re, im) + Math.PI) / (2 * Math.PI);
    return polarWord(
      refined(amplitudeShare(size, scale, peak), scale.amplitudeBits, scale.refine),
      refined(phaseShare, scale.phaseBits, scale.refine),
    );
  });
}

function angle(re: number, im: number): number {
  if (im === 0) return re < 0 ? Math.PI : 0;
  return Math.atan2(im, re);
}

function amplitudeShare(size: number, { log }: PolarScale, peak: number): number {
  if (log) return log.span > 0 ? (Math.log(Math.max(size, LOG_FLOOR)) - log.low) / log.span : 0;
  return peak === 0 ? 0 : size / peak;
}

function refined(share: number, bits: number, refine: number): number {
  const exact = Math.max(0, Math.min(1, share)) * (2 ** bits - 1);
  const code = rint(exact);
  if (refine === 0) return code;
  return code * 2 ** refine + rint(Math.max(0, Math.min(1, exact - code + 0.5)) * (2 ** refine - 1));
}

/** Restores the share of its range from a code of `bits` and `refine` bits. It is within half a step of [0, 1]. */
export function shareOf(code: number, bits: number, refine: number): number {
  const levels = 2 ** bits - 1;
  if (refine === 0) return code / levels;
  const rest = (code % 2 ** refine) / (2 ** refine - 1) - 0.5;
  return (Math.floor(code / 2 ** refine) + rest) / levels;
}

/** Restores the amplitude of every code. Linear amplitudes are in units of the block's largest modulus. */
export function amplitudeTable({ amplitudeBits, refine, log }: PolarScale): Float64Array {
  return Float64Array.from({ length: 2 ** (amplitudeBits + refine) }, (_, code) => {
    const share = shareOf(code, amplitudeBits, refine);
    return log ? Math.exp(log.low + share * log.span) : share;
  });
}

/** Restores the direction (cos, sin) of every phase code. */
export function directionTable({ phaseBits, refine }: PolarScale): Float64Array {
  const table = new Float64Array(2 * 2 ** (phaseBits + refine));
  for (let code = 0; code < table.length / 2; code++) {
    const phase = 2 * Math.PI * shareOf(code, phaseBits, refine) - Math.PI;
    table[2 * code] = Math.cos(phase);
    table[2 * code + 1] = Math.sin(phase);
  }
  return table;
}

/** Restores a block of coefficients from words, in float64. @param peak the largest modulus for linear amplitudes, else 1 */
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
