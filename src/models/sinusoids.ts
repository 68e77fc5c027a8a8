/** Fixed sine and cosine features (Vaswani et al. 2017) as diffusers computes them for DiT. */

/** The base of the wavelengths. */
const BASE = 10_000;

/**
 * Returns the features [width] of a time step: the cosines, then the sines of t · 10000^(−i ÷ (width ÷ 2 − 1)). The last
 * frequency is 1/10000, since diffusers' `downscale_freq_shift` is 1.
 */
export function timeFeatures(timestep: number, width: number): Float64Array {
  const half = width / 2;
  const angles = Float64Array.from({ length: half }, (_, i) => timestep * BASE ** (-i / (half - 1)));
  return join(angles.map(Math.cos), angles.map(Math.sin));
}

/**
 * Returns the positions [across², width] of a square of patches, row by row. The first half of the columns is of the patch's
 * column, the second of its row, each the sines, then the cosines of place · 10000^(−i ÷ (width ÷ 4)).
 */
export function gridPositions(across: number, width: number): Float64Array {
  const positions = new Float64Array(across * across * width);
  for (let p = 0; p < across * across; p++) {
    positions.set(placeFeatures(p % across, width / 2), p * width);
    positions.set(placeFeatures(Math.floor(p / across), width / 2), p * width + width / 2);
  }
  return positions;
}

function placeFeatures(place: number, width: number): Float64Array {
  const half = width / 2;
  const angles = Float64Array.from({ length: half }, (_, i) => place * BASE ** (-i / half));
  return join(angles.map(Math.sin), angles.map(Math.cos));
}

function join(first: Float64Array, second: Float64Array): Float64Array {
  return Float64Array.of(...first, ...second);
}
