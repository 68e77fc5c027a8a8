import type { Gpu } from '../../gpu/gpu';
import type { Recorder } from '../../gpu/recorder';
import type { DenseMatrix, RowRange } from './matrix';

/**
 * Columns [column, column + width) of an activation buffer [rows, stride], float32 row-major.
 */
export interface ActivationView {
  buffer: GPUBuffer;
  stride: number;
  column: number;
  width: number;
}

/** Rows of activations (or of a matrix of weights) and where the commands go. */
export interface RowsCall {
  gpu: Gpu;
  recorder: Recorder;
  x: ActivationView;
  rows: number;
}

/** y[rows, out] = x[rows, in] · Wᵀ + b, for a W [out, in] that may be stored in any form. */
export interface LinearCall extends RowsCall {
  y: ActivationView;
  /** [1, out] */
  bias?: DenseMatrix;
  /** Multiply only output rows [firstRow, firstRow + rows) of W (vocabulary tiles); y holds just these. */
  range?: RowRange;
}

/** A weight matrix a linear layer can multiply by: dense, or straight from a codec's packed codes. */
export interface LinearWeight {
  rows: number;
  columns: number;
  /** GPU bytes it occupies. */
  bytes: number;
  record(call: LinearCall): Promise<void>;
  dispose(): void;
}
