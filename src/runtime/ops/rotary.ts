import type { StepOf } from '../../models/architecture';
import { rotaryFrequencies, type RotaryAngles } from '../../models/rotary';
import type { ActivationView } from '../linear/linear';
import type { RecordContext, TokenLayout } from './context';

/** The columns of each head that are rotated, and how they are paired. */
export type RotaryShape = Pick<StepOf<'rotary'>, 'heads' | 'headWidth' | 'rotaryDim' | 'interleaved'>;

/** The positions that a table covers. */
export interface RotaryPositions {
  count: number;
  /**
   * The number of leading positions that are computed together, whose sequence has that length; each later one is computed on
   * its own, as in generation with a cache. Default: all.
   */
  together?: number;
}

/**
 * Returns the table of the rotary embedding, [positions, rotaryDim]: the first half of a row holds the cosines of position ·
 * frequency, the second half the sines, both times the magnitude. They are computed in float64 because WGSL allows sin and cos
 * an absolute error of 2^-11.
 */
export function rotaryTable(
  { count, together = count }: RotaryPositions,
  angles: RotaryAngles,
): Float32Array {
  const { rotaryDim = angles.headWidth } = angles;
  const half = rotaryDim / 2;
  const table = new Float32Array(count * rotaryDim);
  for (let p = 0; p < count; p++) {
    const { frequencies, magnitude } = rotaryFrequencies(angles, Math.max(together, p + 1));
    for (let i = 0; i < half; i++) {
      table[p * rotaryDim + i] = magnitude * Math.cos(p * frequencies[i]);
      table[p * rotaryDim + half + i] = magnitude * Math.sin(p * frequencies[i]);
    }
  }
  return table;
}

/** The tables of a recording on the GPU, one for all steps with equal angles. */
export class RotaryTables {
  private readonly tables = new Map<string, GPUBuffer>();
  private readonly upload: (table: Float32Array) => GPUBuffer;
  private readonly positions: RotaryPositions;

  constructor(positions: RotaryPositions, upload: (table: Float32Array) => GPUBuffer) {
    this.positions = positions;
    this.upload = upload;
  }

  /** Returns the table [positions, rotaryDim] on the GPU. */
  table({ headWidth, rotaryDim = headWidth, theta, scaling }: RotaryAngles): GPUBuffer {
    const angles = { headWidth, rotaryDim, theta, scaling };
    const key = JSON.stringify(angles);
    const known = this.tables.get(key);
    if (known) return known;
    const made = this.upload(rotaryTable(this.positions, angles));
    this.tables.set(key, made);
    return made;
  }
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
