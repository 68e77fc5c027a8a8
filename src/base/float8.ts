import { roundHalfEven } from './rounding';

/**
 * The 8-bit floats of the OCP specification "OFP8" (Micikevicius et al. 2022, FP8 Formats for Deep Learning, section 3): e4m3 has no
 * infinities and one NaN for each sign (PyTorch's float8_e4m3fn), e5m2 is the upper half of a float16.
 */
export type Float8Format = 'e4m3' | 'e5m2';

interface Layout {
  mantissaBits: number;
  bias: number;
  /** The largest finite number. */
  max: number;
  nan: number;
}

const LAYOUTS: Readonly<Record<Float8Format, Layout>> = {
  e4m3: { mantissaBits: 3, bias: 7, max: 448, nan: 0x7f },
  e5m2: { mantissaBits: 2, bias: 15, max: 57344, nan: 0x7f },
};

/** Returns the largest finite number of a format. */
export function float8Max(format: Float8Format): number {
  return LAYOUTS[format].max;
}

const tables = new Map<Float8Format, Float32Array>();

/** Returns the values of all 256 codes of a format, NaN and infinities included. */
export function float8Values(format: Float8Format): Float32Array {
  let table = tables.get(format);
  if (!table) {
    table = Float32Array.from({ length: 256 }, (_, code) => decode(code, LAYOUTS[format], format));
    tables.set(format, table);
  }
  return table;
}

function decode(code: number, { mantissaBits, bias }: Layout, format: Float8Format): number {
  const sign = code & 0x80 ? -1 : 1;
  const exponent = (code & 0x7f) >> mantissaBits;
  const mantissa = code & (2 ** mantissaBits - 1);
  if (format === 'e4m3' && (code & 0x7f) === 0x7f) return NaN;
  if (format === 'e5m2' && exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (2 ** mantissaBits + mantissa) * 2 ** (exponent - bias - mantissaBits);
}

/**
 * Returns the code of a number, rounded to the nearest, ties to even. Magnitudes beyond the largest finite number saturate to it,
 * infinities too; NaN becomes the positive NaN with all bits of the mantissa set.
 */
export function toFloat8(x: number, format: Float8Format): number {
  const { mantissaBits, bias, max, nan } = LAYOUTS[format];
  if (x !== x) return nan;
  const sign = x < 0 || Object.is(x, -0) ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(x), max);
  const exponent = Math.max(Math.floor(Math.log2(magnitude || Number.MIN_VALUE)), 1 - bias);
  const steps = roundHalfEven(magnitude * 2 ** (mantissaBits - exponent));
  // Steps count from the last exponent, so that a carry gives the next power of two, and those of subnormal numbers are small.
  return sign | ((exponent + bias - 1) * 2 ** mantissaBits + steps);
}
