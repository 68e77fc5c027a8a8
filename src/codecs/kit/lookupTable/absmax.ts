// Double quantisation follows bitsandbytes: the mean of the block maxima is subtracted, and the rest is stored as 8-bit codes of the
// signed dynamic map in blocks of 256, with a float32 absmax each. There is one value per 16 … 1024 weights, so that it is encoded on the
// host, in float64. It is decoded in WGSL with the weights. Sources: Dettmers et al. 2021, arXiv 2110.02861 (dynamic map); 2023,
// arXiv 2305.14314, section 3 (double quantisation).
import { NESTED_BLOCK } from '../../../formats/quantised/lookup';

/** The block maxima after double quantisation. */
export interface NestedAbsmax {
  /** The code in the dynamic map of each block of weights. */
  codes: Uint8Array;
  /** The largest |absmax − offset| of each 256 blocks. */
  scales: Float32Array;
  /** The mean of all maxima. */
  offset: number;
}

const DECADES = 7;

/**
 * Makes the signed 8-bit dynamic map: 256 ascending float32 values in (−1, 1], which are 0, 1 and in decade d = 0 … 6 the centres of 2^d
 * equal parts of [0.1, 1]·10^(d−6) with both signs.
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

/** The levels of the signed 8-bit dynamic map by code. */
export const DYNAMIC_MAP = dynamicMap();

/** Finds the code of the level nearest to x in [−1, 1]. A tie takes the lower level. */
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

/** Quantises the block maxima. */
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

/** Restores the block maxima by a float32 product and then a float32 sum. */
export function unnestAbsmax(nested: NestedAbsmax): Float32Array {
  return Float32Array.from(
    nested.codes,
    (code, i) => Math.fround(DYNAMIC_MAP[code] * nested.scales[Math.floor(i / NESTED_BLOCK)]) + nested.offset,
  );
}
