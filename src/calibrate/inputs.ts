import type { DenseMatrix } from '../runtime/linear/matrix';

/**
 * The calibration statistics of the input X [samples, columns] of a linear layer. Layers that read the same activation share
 * one object; its collector frees `gram`.
 */
export interface LayerInputs {
  /** Width of the input, which is the number of columns of W [out, in]. */
  columns: number;
  /** Number of rows of X, which are tokens. */
  samples: number;
  /** XᵀX ÷ samples, [columns, columns] float32, symmetric. GPTQ's Hessian is 2·samples times this. */
  gram: DenseMatrix;
  /** Mean and maximum of |x| of every column. */
  meanAbs: Float32Array;
  maxAbs: Float32Array;
}

/** The same statistics on the host, for references in plain float64 loops. */
export interface ReferenceInputs {
  samples: number;
  /** XᵀX ÷ samples, [columns, columns], row-major. */
  gram: ArrayLike<number>;
  meanAbs: ArrayLike<number>;
  maxAbs: ArrayLike<number>;
}

/** The statistics as a walk on the CPU computes them, in float32. */
export interface HostInputs extends ReferenceInputs {
  /** Width of the input, as of `LayerInputs`. */
  columns: number;
  gram: Float32Array;
  meanAbs: Float32Array;
  maxAbs: Float32Array;
}
