/**
 * Powers that come out the same to the last bit in every JavaScript engine: built from products and square roots, which
 * IEEE 754 rounds exactly. `Math.pow` and `Math.exp` may differ between engines, and a frequency that differs makes a file
 * unreadable.
 */

/** Steps of the exponent per octave. */
const OCTAVE = 64;

const FRACTIONS = fractions();
/** 2^(−i): exact. */
const HALVES = Float64Array.from({ length: 64 }, () => 1);
for (let i = 1; i < HALVES.length; i++) HALVES[i] = HALVES[i - 1] / 2;

/** 2^(−i/64) for i = 0 … 63, each the product of the square roots of ½ in its binary digits. */
function fractions(): Float64Array {
  const table = new Float64Array(OCTAVE).fill(1);
  let root = 0.5;
  for (let bit = OCTAVE / 2; bit >= 1; bit /= 2) {
    root = Math.sqrt(root);
    for (let i = 0; i < OCTAVE; i++) if (i & bit) table[i] *= root;
  }
  return table;
}

/** Octaves from which on a power counts as zero. */
const VANISHED = 64;

/** 2^(−x) with x ≥ 0 rounded to 1/64; 0 from x = 64 up. */
export function halving(x: number): number {
  if (!(x < VANISHED - 1)) return 0;
  const steps = Math.floor(x * OCTAVE + 0.5);
  return FRACTIONS[steps % OCTAVE] * HALVES[Math.floor(steps / OCTAVE)];
}

/** 2^(e/8) for an integer e within ±256. */
export function eighthOctaves(e: number): number {
  const small = halving(Math.abs(e) / 8);
  return e < 0 ? small : 1 / small;
}

/** x^(quarters/4) for x ≥ 0. */
export function quarterPower(x: number, quarters: number): number {
  const root = Math.sqrt(x);
  let result = quarters & 1 ? Math.sqrt(root) : 1;
  if (quarters & 2) result *= root;
  for (let whole = quarters >> 2; whole > 0; whole--) result *= x;
  return result;
}
