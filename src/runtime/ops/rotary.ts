import type { ActivationView } from '../linear';
import { groupsFor, type RecordContext, type TokenLayout } from './context';

/**
 * Angles of the rotary embedding, [positions, headWidth]: half cosines, then half sines of p·θ^(−2i/headWidth).
 * Computed in float64: WGSL allows sin and cos an absolute error of 2^-11.
 */
export function rotaryTable(positions: number, headWidth: number, theta: number): Float32Array {
  const half = headWidth / 2;
  const table = new Float32Array(positions * headWidth);
  for (let p = 0; p < positions; p++)
    for (let i = 0; i < half; i++) {
      const angle = p * theta ** (-i / half);
      table[p * headWidth + i] = Math.cos(angle);
      table[p * headWidth + half + i] = Math.sin(angle);
    }
  return table;
}

/** Rotates `value` [tokens, heads · headWidth] in place; `angles` is `rotaryTable` on the GPU. */
export async function recordRotary(
  { gpu, recorder }: RecordContext,
  value: ActivationView,
  angles: GPUBuffer,
  { heads, headWidth }: { heads: number; headWidth: number },
  { sequences, length, state }: TokenLayout,
): Promise<void> {
  const kernel = await gpu.kernels.get({ module: 'runtime/rotary' });
  const tokens = sequences * length;
  const half = headWidth / 2;
  recorder.dispatch(kernel, {
    params: { tokens, length, heads, half, stride: value.stride, column: value.column },
    bindings: { state, angles, value: value.buffer },
    workgroups: groupsFor(tokens * heads * half),
    cost: 8 * tokens * heads * half,
  });
}
