import { invariant } from '../../base/errors';

/**
 * Resizing of 8-bit images to the same bytes as Pillow (src/libImaging/Resample.c, for one byte per channel): the filter
 * is widened by the scale when the image shrinks, weights are 22-bit fixed-point numbers, and columns, then rows are
 * resized and rounded to bytes. Image processors of transformers use Pillow; the filters of other libraries give other
 * images and other results.
 */

/** Pillow's filter ids, the field `resample` of preprocessor_config.json: Lanczos (1), bilinear (2), bicubic (3). */
export type ResampleFilter = 1 | 2 | 3;

/** For each filter, its value at distance x and half its width. */
const FILTERS: Readonly<Record<ResampleFilter, { weight: (x: number) => number; support: number }>> = {
  1: { weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0), support: 3 },
  2: { weight: (x) => Math.max(0, 1 - Math.abs(x)), support: 1 },
  3: { weight: cubic, support: 2 },
};
const PRECISION_BITS = 22;

/** Returns whether a number is a supported filter id. */
export function isResampleFilter(value: number): value is ResampleFilter {
  return value in FILTERS;
}

/** Resizes one plane of `from` × `from` bytes to `to` × `to`. */
export type Resampler = (plane: Uint8Array) => Uint8Array;

/**
 * Makes a resampler.
 * @param from the side of the square image in pixels
 * @param to the side after resizing
 */
export function resampler(from: number, to: number, filter: ResampleFilter): Resampler {
  const taps = tapsOf(from, to, filter);
  return (plane) => {
    invariant(plane.length === from * from, 'the plane to resize has the wrong size');
    // Each pass transposes the image, so two of them restore its orientation.
    return pass(pass(plane, from, from, taps), from, to, taps);
  };
}

/** The source pixels [first, first + weights.length) of a target pixel, with their fixed-point weights. */
interface Taps {
  first: number;
  weights: Int32Array;
}

function tapsOf(from: number, to: number, filter: ResampleFilter): Taps[] {
  const { weight, support } = FILTERS[filter];
  const scale = from / to;
  const widened = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support * widened + 0.5));
    const last = Math.min(from, Math.trunc(center + support * widened + 0.5));
    const values = Array.from({ length: last - first }, (_, j) =>
      weight((first + j - center + 0.5) / widened),
    );
    const sum = values.reduce((total, value) => total + value, 0);
    return { first, weights: Int32Array.from(values, (value) => fixedPoint(value / sum)) };
  });
}

function fixedPoint(value: number): number {
  return Math.trunc(value * (1 << PRECISION_BITS) + (value < 0 ? -0.5 : 0.5));
}

/** Resizes the rows of a plane and transposes it: [taps.length, rows]. */
function pass(plane: Uint8Array, width: number, rows: number, taps: readonly Taps[]): Uint8Array {
  const result = new Uint8Array(taps.length * rows);
  taps.forEach(({ first, weights }, x) => {
    for (let y = 0; y < rows; y++) {
      let sum = 1 << (PRECISION_BITS - 1);
      for (let j = 0; j < weights.length; j++) sum += plane[y * width + first + j] * weights[j];
      result[x * rows + y] = Math.min(255, Math.max(0, sum >> PRECISION_BITS));
    }
  });
  return result;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Returns the kernel of cubic convolution (Keys 1981) with a = −0.5. */
function cubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}
