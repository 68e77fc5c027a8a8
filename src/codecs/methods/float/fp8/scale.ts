import { bfloat16BitsToFloat, floatToBfloat16Bits } from '../../../../base/float16';
import { float8Max, type Float8Format } from '../../../../base/float8';
import { LabError } from '../../../../base/errors';

/** The smallest scale. Products of a smaller one with the smallest codes could be subnormal, which adapters may flush to zero. */
export const MIN_SCALE = 2 ** -100;

/**
 * Returns the bits of the bfloat16 scale that brings a magnitude to the largest number of the format; 0 below `MIN_SCALE`.
 * @throws LabError bad-input naming the tensor where the largest number times the scale is beyond float32
 */
export function scaleBits(name: string, largest: number, format: Float8Format): number {
  const bits = floatToBfloat16Bits(largest / float8Max(format));
  const scale = bfloat16BitsToFloat(bits);
  if (scale < MIN_SCALE) return 0;
  if (Number.isFinite(Math.fround(scale * float8Max(format)))) return bits;
  throw new LabError(
    'bad-input',
    `${name} holds ${largest}, whose scale takes its weights beyond float32.`,
    'Keep this tensor in float32 or bfloat16: its weights are far outside the usual range.',
  );
}
