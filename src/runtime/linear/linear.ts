import type { Gpu } from '../../gpu/gpu';
import type { Recorder } from '../../gpu/recorder';
import type { DenseMatrix, RowRange } from './matrix';

/** Columns [column, column + width) of an activation buffer [rows, stride], float32 row-major. */
export interface ActivationView {
  buffer: GPUBuffer;
  stride: number;
  column: number;
  width: number;
}

/** Rows of activations, or of a matrix of weights, and the recorder of the commands. */
export interface RowsCall {
  gpu: Gpu;
  recorder: Recorder;
  x: ActivationView;
  rows: number;
}

/** The time steps of the images of a diffusion model, u32 [images], and how many rows of an activation belong to each. */
export interface RowTimes {
  buffer: GPUBuffer;
  rowsPerImage: number;
}

/** A product y[rows, out] = x[rows, in] · Wᵀ (+ b) with a W [out, in] stored in any form. */
export interface LinearCall extends RowsCall {
  y: ActivationView;
  /** [1, out] */
  bias?: DenseMatrix;
  /** Rows [firstRow, firstRow + rows) of W that are multiplied, such as a tile of the vocabulary; y holds only those. */
  range?: RowRange;
  /** Of diffusion models only. */
  times?: RowTimes;
}

/** A weight matrix of a linear layer, dense or in a codec's packed codes. */
export interface LinearWeight {
  rows: number;
  columns: number;
  /** Bytes of GPU memory it takes. */
  bytes: number;
  record(call: LinearCall): Promise<void>;
  dispose(): void;
}
