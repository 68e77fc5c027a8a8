/** Where the gradients of one linear layer are summed. */
export interface LinearGradients {
  /** [columns]; absent where nothing before the layer learns */
  dx?: Float64Array;
  /** [outputs, columns] */
  dWeight: Float64Array;
  /** [outputs] */
  dBias?: Float64Array;
}

/** One row of y = W x + b backwards: dx += Wᵀ·dy, dW += dy ⊗ x, db += dy. */
export function linearBackward(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  weight: ArrayLike<number>,
  { dx, dWeight, dBias }: LinearGradients,
): void {
  const columns = x.length;
  for (let n = 0; n < dy.length; n++) {
    for (let k = 0; k < columns; k++) {
      if (dx) dx[k] += dy[n] * weight[n * columns + k];
      dWeight[n * columns + k] += dy[n] * x[k];
    }
    if (dBias) dBias[n] += dy[n];
  }
}
