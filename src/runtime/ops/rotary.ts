import type { StepOf } from '../../models/architecture';
import type { ActivationView } from '../linear/linear';
import type { RecordContext, TokenLayout } from './context';

/** The columns of each head that are rotated, and how they are paired. */
export type RotaryShape = Pick<StepOf<'rotary'>, 'heads' | 'headWidth' | 'rotaryDim' | 'interleaved'>;

/**
 * Returns the table of the rotary embedding, [positions, rotaryDim]: the first half of a row holds the cosines of
 * p·θ^(−2i/rotaryDim), the second half the sines. They are computed in float64 because WGSL allows sin and cos an absolute
 * error of 2^-11.
 * @param rotaryDim number of columns of a head that are rotated
 */
export function rotaryTable(positions: number, rotaryDim: number, theta: number): Float32Array {
  const half = rotaryDim / 2;
  const table = new Float32Array(positions * rotaryDim);
  for (let p = 0; p < positions; p++)
    for (let i = 0; i < half; i++) {
      const angle = p * theta ** (-i / half);
      table[p * rotaryDim + i] = Math.cos(angle);
      table[p * rotaryDim + half + i] = Math.sin(angle);
    }
  return table;
}

/**
 * Records the rotation of `value` [tokens, heads · headWidth] in place.
 * @param angles `rotaryTable` on the GPU
 * @param inverse rotates by the opposite angles
 */
export async function recordRotary(
  { recorder }: RecordContext,
  value: ActivationView,
  angles: GPUBuffer,
  { heads, headWidth, rotaryDim = headWidth, interleaved = false }: RotaryShape,
  { sequences, length, state }: TokenLayout,
  inverse = false,
): Promise<void> {
  const kernel = { module: 'runtime/rotary', conditions: { interleaved, inverse } };
  const tokens = sequences * length;
  const half = rotaryDim / 2;
  await recorder.dispatch(kernel, {
    params: { tokens, length, heads, headWidth, half, stride: value.stride, column: value.column },
    bindings: { state, angles, value: value.buffer },
    threads: tokens * heads * half,
    cost: 8 * tokens * heads * half,
  });
}
