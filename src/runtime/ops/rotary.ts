import type { StepOf } from '../../models/architecture';
import type { ActivationView } from '../linear/linear';
import type { RecordContext, TokenLayout } from './context';

/** Which columns turn, and in which pairs. */
export type RotaryShape = Pick<StepOf<'rotary'>, 'heads' | 'headWidth' | 'turned' | 'interleaved'>;

/**
 * Angles of the rotary embedding, [positions, turned]: half cosines, then half sines of p·θ^(−2i/turned).
 * Computed in float64: WGSL allows sin and cos an absolute error of 2^-11.
 * @param turned columns of a head that turn
 */
export function rotaryTable(positions: number, turned: number, theta: number): Float32Array {
  const half = turned / 2;
  const table = new Float32Array(positions * turned);
  for (let p = 0; p < positions; p++)
    for (let i = 0; i < half; i++) {
      const angle = p * theta ** (-i / half);
      table[p * turned + i] = Math.cos(angle);
      table[p * turned + half + i] = Math.sin(angle);
    }
  return table;
}

/**
 * Rotates `value` [tokens, heads · headWidth] in place; `angles` is `rotaryTable` on the GPU.
 * @param inverse by the opposite angles
 */
export async function recordRotary(
  { recorder }: RecordContext,
  value: ActivationView,
  angles: GPUBuffer,
  { heads, headWidth, turned = headWidth, interleaved = false }: RotaryShape,
  { sequences, length, state }: TokenLayout,
  inverse = false,
): Promise<void> {
  const kernel = { module: 'runtime/rotary', conditions: { interleaved, inverse } };
  const tokens = sequences * length;
  const half = turned / 2;
  await recorder.dispatch(kernel, {
    params: { tokens, length, heads, headWidth, half, stride: value.stride, column: value.column },
    bindings: { state, angles, value: value.buffer },
    threads: tokens * heads * half,
    cost: 8 * tokens * heads * half,
  });
}
