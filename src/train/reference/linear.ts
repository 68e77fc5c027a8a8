/** The gradients of a linear layer, to be added to. */
export interface LinearGradients {
  /** Gradient of the input, [columns]; absent if nothing before the layer is trained. */
  dx?: Float64Array;
  /** Gradient of the weight, [outputs, columns]. */
  dWeight: Float64Array;
  /** Gradient of the bias, [outputs]. */
  dBias?: Float64Array;
}

/** The backward pass of a row of y = W x + b: dx += Wᵀ·dy, dW += dy ⊗ x, db += dy. */
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
