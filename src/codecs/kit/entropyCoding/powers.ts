// Powers are built from products and square roots, which IEEE 754 rounds correctly, so that every JavaScript engine gives the same bits.
// `Math.pow` and `Math.exp` may differ between engines, and a frequency that differs makes a file unreadable.

/** Steps of the exponent per octave. */
const OCTAVE = 64;

const FRACTIONS = fractions();
/** The exact powers 2^(−i). */
const HALVES = Float64Array.from({ length: 64 }, () => 1);
for (let i = 1; i < HALVES.length; i++) HALVES[i] = HALVES[i - 1] / 2;

/** Computes 2^(−i/64) for i = 0 … 63, each as a product of iterated square roots of ½ by the binary digits of i. */
function fractions(): Float64Array {
  const table = new Float64Array(OCTAVE).fill(1);
  let root = 0.5;
  for (let bit = OCTAVE / 2; bit >= 1; bit /= 2) {
    root = Math.sqrt(root);
    for (let i = 0; i < OCTAVE; i++) if (i & bit) table[i] *= root;
  }
  return table;
}

/** The exponent from which a power counts as zero. */
const MAX_EXPONENT = 64;

/** Computes 2^(−x) for x ≥ 0 rounded to 1/64, and 0 from x = 63 on. */
export function exp2Negative(x: number): number {
  if (!(x < MAX_EXPONENT - 1)) return 0;
  const steps = Math.floor(x * OCTAVE + 0.5);
  return FRACTIONS[steps % OCTAVE] * HALVES[Math.floor(steps / OCTAVE)];
}

/** Computes 2^(e/8) for an integer e within ±256. */
export function exp2Eighths(e: number): number {
  const small = exp2Negative(Math.abs(e) / 8);
  return e < 0 ? small : 1 / small;
}

/** Computes x^(quarters/4) for x ≥ 0. */
export function quarterPower(x: number, quarters: number): number {
  const root = Math.sqrt(x);
  let result = quarters & 1 ? Math.sqrt(root) : 1;
  if (quarters & 2) result *= root;
  for (let whole = quarters >> 2; whole > 0; whole--) result *= x;
  return result;
}
