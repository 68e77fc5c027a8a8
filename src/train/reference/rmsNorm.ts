/** The gradients of a normalisation, each [width], to be added to. */
export interface RmsNormGradients {
  dx: Float64Array;
  dWeight: Float64Array;
}

/**
 * The backward pass of a row of y = x̂·w with x̂ = x·r, r = 1 ÷ √(mean(x²) + ε). With g = dy·w:
 * dx += r·(g − x̂·mean(g·x̂)), dw += dy·x̂.
 */
export function rmsNormBackward(
  x: Float64Array,
  dy: Float64Array,
  weight: ArrayLike<number>,
  epsilon: number,
  { dx, dWeight }: RmsNormGradients,
): void {
  const width = x.length;
  const scale = 1 / Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / width + epsilon);
  const projection = x.reduce((sum, v, i) => sum + dy[i] * weight[i] * v * scale, 0) / width;
  for (let i = 0; i < width; i++) {
    dx[i] += scale * (dy[i] * weight[i] - x[i] * scale * projection);
    dWeight[i] += dy[i] * x[i] * scale;
  }
}
