import type { Gpu } from '../../../gpu/gpu';
import type { Recorder } from '../../../gpu/recorder';
import { maxDispatchCost } from '../../forward/cost';
import type { ActivationView } from '../linear';
import { groupsFor } from '../../ops/context';

/** Rows of activations (or of a matrix of weights) and where the commands go. */
export interface RowsCall {
  gpu: Gpu;
  recorder: Recorder;
  x: ActivationView;
  rows: number;
}

export interface QuantiseTargets {
  columns: number;
  /** [columns]: x is multiplied by these first; 0 takes a column out. */
  factors?: GPUBuffer;
  /** [rows, ⌈columns/4⌉] words of four codes. */
  codes: GPUBuffer;
  /** [rows] words: the largest magnitude as float32, or with `half` the bits of the float16 scale. */
  scales: GPUBuffer;
  half?: boolean;
}

/** Integer operations per element. */
const QUANTISE_COST = 30;
const STAGE_COST = 4;

/**
 * Records the rounding of rows to int8 by their largest magnitude (shaders/linear/int8/quantise.wgsl). The codes equal those
 * of `int8Row` on every adapter.
 */
export async function recordQuantise(
  { gpu, recorder, x, rows }: RowsCall,
  { columns, factors, codes, scales, half = false }: QuantiseTargets,
): Promise<void> {
  const entry = gpu.info.software ? 'rowPerThread' : 'rowPerWorkgroup';
  const conditions = { factors: factors !== undefined, half };
  const kernel = await gpu.kernels.get({ module: 'linear/int8/quantise', entry, conditions });
  const wordsPerRow = Math.ceil(columns / 4);
  for (const { first, last } of pieces(gpu, rows, QUANTISE_COST * columns))
    recorder.dispatch(kernel, {
      params: { firstRow: first, lastRow: last, columns, wordsPerRow, ...layoutOf(x) },
      bindings: { x: x.buffer, codes, scales, ...(factors && { factors }) },
      workgroups: entry === 'rowPerThread' ? groupsFor(last - first) : last - first,
      cost: QUANTISE_COST * (last - first) * columns,
    });
}

/** Records the same rows as floats: `out` [rows, 4·⌈columns/4⌉], zeros behind the last column. */
export async function recordFloats(
  { gpu, recorder, x, rows }: RowsCall,
  { columns, factors, out }: { columns: number; factors?: GPUBuffer; out: GPUBuffer },
): Promise<void> {
  const conditions = { factors: factors !== undefined };
  const kernel = await gpu.kernels.get({ module: 'linear/int8/stage', conditions });
  const quadsPerRow = Math.ceil(columns / 4);
  for (const { first, last } of pieces(gpu, rows * quadsPerRow, 4 * STAGE_COST))
    recorder.dispatch(kernel, {
      params: { firstQuad: first, lastQuad: last, columns, quadsPerRow, ...layoutOf(x) },
      bindings: { x: x.buffer, out, ...(factors && { factors }) },
      workgroups: groupsFor(last - first),
      cost: 4 * STAGE_COST * (last - first),
    });
}

function layoutOf(x: ActivationView): { xStride: number; xColumn: number } {
  return { xStride: x.stride, xColumn: x.column };
}

/** `count` items in pieces that no dispatch's cost limit forbids. */
function pieces(gpu: Gpu, count: number, costEach: number): { first: number; last: number }[] {
  const step = Math.max(1, Math.floor(maxDispatchCost(gpu) / costEach));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => ({
    first: i * step,
    last: Math.min(count, (i + 1) * step),
  }));
}
