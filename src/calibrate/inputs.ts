import type { StepInputs } from './steps';
import type { DenseMatrix, Matrix } from '../runtime/linear/matrix';

/**
 * The calibration statistics of the input X [samples, columns] of a linear layer. Layers that read the same activation share
 * one object; its collector frees `gram`.
 */
export interface InputStatistics {
  /** Width of the input, which is the number of columns of W [out, in]. */
  columns: number;
  /** Number of rows of X, which are tokens. */
  samples: number;
  /** XᵀX ÷ samples, [columns, columns] float32, symmetric. GPTQ's Hessian is 2·samples times this. */
  gram: Matrix;
  /** Mean and maximum of |x| of every column. */
  meanAbs: Float32Array;
  maxAbs: Float32Array;
  /** The inputs at each time step, ascending; of diffusion models only. */
  steps?: readonly StepInputs[];
}

/** Statistics whose Gram matrix is on the GPU. */
export interface LayerInputs extends InputStatistics {
  gram: DenseMatrix;
}

/** The same statistics on the host, for references in plain float64 loops. */
export interface ReferenceInputs {
  samples: number;
  /** XᵀX ÷ samples, [columns, columns], row-major. */
  gram: ArrayLike<number>;
  meanAbs: ArrayLike<number>;
  maxAbs: ArrayLike<number>;
  steps?: readonly StepInputs[];
}
