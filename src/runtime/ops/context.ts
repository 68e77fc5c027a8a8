import type { Gpu } from '../../gpu/gpu';
import type { DispatchSize, Recorder } from '../../gpu/recorder';
import type { ActivationView } from '../linear/linear';

/** The device and the recorder of an operation. */
export interface RecordContext {
  gpu: Gpu;
  recorder: Recorder;
}

/**
 * The tokens of a recording; every activation has sequences · length rows. `state` holds one u32, the position of the first
 * token of each sequence: 0 for whole windows, the cache's length when decoding.
 */
export interface TokenLayout {
  sequences: number;
  length: number;
  state: GPUBuffer;
}

/** A value with one row for each sequence, each of `length` tokens. */
export interface SequenceRows {
  view: ActivationView;
  length: number;
}

/** Returns the dispatch size of a kernel that uses one thread, or one workgroup, per row. */
export function rowSize(rowPerThread: boolean, rows: number): DispatchSize {
  return rowPerThread ? { threads: rows } : { workgroups: rows };
}

/** Returns a view of all columns of a buffer [rows, width]. */
export function wholeView(buffer: GPUBuffer, width: number): ActivationView {
  return { buffer, stride: width, column: 0, width };
}

/** Returns whether every number is a multiple of 4, so that buffers may be read as vec4. */
export function isVectorized(...numbers: number[]): boolean {
  return numbers.every((n) => n % 4 === 0);
}

/** Returns the stride and the column of a view in vec4s. */
export function inVectors({ stride, column }: ActivationView): { stride: number; column: number } {
  return { stride: stride / 4, column: column / 4 };
}
