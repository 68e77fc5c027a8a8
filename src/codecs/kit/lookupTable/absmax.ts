/**
 * Second-level ("double") quantisation of the block maxima, as bitsandbytes does it: subtract their mean, then 8-bit codes of
 * the signed dynamic map in blocks of 256 with a float32 absmax each. It handles one value per 16 … 1024 weights, so
 * encoding it runs on the host, in float64; decoding runs in WGSL with the weights.
 * Sources: Dettmers et al. 2021, arXiv 2110.02861 (map); 2023, arXiv 2305.14314, section 3 (double quantisation).
 */

/** Maxima that share one second-level absmax. */
export const NESTED_BLOCK = 256;

export interface NestedAbsmax {
  /** Code of the dynamic map per block of weights. */
  codes: Uint8Array;
  /** Largest |absmax − offset| per 256 blocks. */
  scales: Float32Array;
  /** Mean of all maxima. */
  offset: number;
}

const DECADES = 7;

/**
 * The signed 8-bit dynamic map, ascending, 256 float32 values in (−1, 1]: in decade d (10⁻⁶ … 10⁰) the centres of 2^d
 * equal parts of [0.1, 1]·10^(d−6) with both signs, and 0 and 1.
 */
function dynamicMap(): Float32Array {
  const values = [0, 1];
  for (let decade = 0; decade < DECADES; decade++) {
    const parts = 2 ** decade;
    for (let i = 0; i < parts; i++) {
      const centre = (0.1 + (0.9 * (i + 0.5)) / parts) / 10 ** (DECADES - 1 - decade);
      values.push(centre, -centre);
    }
  }
  return Float32Array.from(values).sort();
}

export const DYNAMIC_MAP = dynamicMap();

/** Index of the level nearest to x in [−1, 1]; a tie takes the lower level. */
export function nearestDynamicCode(x: number): number {
  let low = 0;
  let high = DYNAMIC_MAP.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x > (DYNAMIC_MAP[middle] + DYNAMIC_MAP[middle + 1]) / 2) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function nestAbsmax(absmax: Float32Array): NestedAbsmax {
  const offset = Math.fround(absmax.reduce((sum, a) => sum + a, 0) / absmax.length);
  const centred = absmax.map((a) => a - offset);
  const scales = new Float32Array(Math.ceil(absmax.length / NESTED_BLOCK));
  centred.forEach((c, i) => {
    const group = Math.floor(i / NESTED_BLOCK);
    scales[group] = Math.max(scales[group], Math.abs(c));
  });
  const codes = new Uint8Array(absmax.length);
  centred.forEach((c, i) => {
    const scale = scales[Math.floor(i / NESTED_BLOCK)];
    codes[i] = nearestDynamicCode(scale === 0 ? 0 : c / scale);
  });
  return { codes, scales, offset };
}

/** Restores the maxima, by a float32 product and then a float32 sum. */
export function unnestAbsmax(nested: NestedAbsmax): Float32Array {
  return Float32Array.from(
    nested.codes,
    (code, i) => Math.fround(DYNAMIC_MAP[code] * nested.scales[Math.floor(i / NESTED_BLOCK)]) + nested.offset,
  );
}
