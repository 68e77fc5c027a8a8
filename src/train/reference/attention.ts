import { dot, softmax } from '../../runtime/reference/math';

/** The gradients of one query's attention, to be added to. Keys and values have one row per key that the query sees. */
export interface AttentionGradients {
  dQuery: Float64Array;
  dKeys: readonly Float64Array[];
  dValues: readonly Float64Array[];
}

/**
 * The backward pass of out = Σ_j p_j v_j with p = softmax(scale · K q) for one query of one head: dv_j += p_j·dout,
 * ds_j = p_j·(v_j·dout − Σ_i p_i v_i·dout)·scale, dq += Σ_j ds_j k_j, dk_j += ds_j q.
 */
export function attendBackward(
  query: Float64Array,
  keys: readonly Float64Array[],
  values: readonly Float64Array[],
  scale: number,
  dOut: Float64Array,
  { dQuery, dKeys, dValues }: AttentionGradients,
): void {
  const weights = softmax(keys.map((key) => scale * dot(query, key)));
  const products = values.map((value) => dot(value, dOut));
  const mean = dot(weights, products);
  weights.forEach((p, j) => {
    const dScore = p * (products[j] - mean) * scale;
    for (let c = 0; c < query.length; c++) {
      dQuery[c] += dScore * keys[j][c];
      dKeys[j][c] += dScore * query[c];
    }
    for (let c = 0; c < dOut.length; c++) dValues[j][c] += p * dOut[c];
  });
}
