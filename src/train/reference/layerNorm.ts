/** The gradients of a normalisation, each [width], to be added to. */
export interface LayerNormGradients {
  dx: Float64Array;
  dWeight: Float64Array;
  dBias: Float64Array;
}

/**
 * The backward pass of a row of y = x̂·w + b with x̂ = (x − μ)·r, r = 1 ÷ √(σ² + ε). With g = dy·w:
 * dx += r·(g − mean(g) − x̂·mean(g·x̂)), dw += dy·x̂, db += dy.
 */
export function layerNormBackward(
  x: Float64Array,
  dy: Float64Array,
  weight: ArrayLike<number>,
  epsilon: number,
  { dx, dWeight, dBias }: LayerNormGradients,
): void {
  const mean = average(x);
  const scale = 1 / Math.sqrt(average(x.map((v) => (v - mean) ** 2)) + epsilon);
  const normal = x.map((v) => (v - mean) * scale);
  const g = dy.map((v, i) => v * weight[i]);
  const projection = average(g.map((v, i) => v * normal[i]));
  const gradientMean = average(g);
  for (let i = 0; i < x.length; i++) {
    dx[i] += scale * (g[i] - gradientMean - normal[i] * projection);
    dWeight[i] += dy[i] * normal[i];
    dBias[i] += dy[i];
  }
}

function average(x: Float64Array): number {
  return x.reduce((a, b) => a + b, 0) / x.length;
}
