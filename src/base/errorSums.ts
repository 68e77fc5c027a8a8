/** Computes ‖W − Ŵ‖² of weights and restored weights with a float64 sum. */
export function squaredError(weights: Float32Array, restored: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (weights[i] - restored[i]) ** 2;
  return sum;
}

/** Errors of restored weights Ŵ against the original weights W, from running sums over all pairs in float64. */
export class ErrorSums {
  private weights = 0;
  private restored = 0;
  private product = 0;
  private noise = 0;
  private largest = 0;

  /** Adds the pairs of one tensor; both arrays have the same length. */
  add(weights: Float32Array, restored: Float32Array): void {
    for (let i = 0; i < weights.length; i++) {
      const w = weights[i];
      const r = restored[i];
      const d = w - r;
      this.weights += w * w;
      this.restored += r * r;
      this.product += w * r;
      this.noise += d * d;
      if (Math.abs(d) > this.largest) this.largest = Math.abs(d);
    }
  }

  /** Adds the pairs that another instance has seen. */
  merge(other: ErrorSums): void {
    this.weights += other.weights;
    this.restored += other.restored;
    this.product += other.product;
    this.noise += other.noise;
    this.largest = Math.max(this.largest, other.largest);
  }

  /** ‖W − Ŵ‖ ÷ ‖W‖, or ‖Ŵ‖ if all weights are zero, so that 0 always means equal. */
  get relativeL2(): number {
    return Math.sqrt(this.weights === 0 ? this.noise : this.noise / this.weights);
  }

  /** The largest |w − ŵ|. */
  get maxAbs(): number {
    return this.largest;
  }

  /** Cosine similarity of W and Ŵ; 1 if both are zero, 0 if only one is. */
  get cosine(): number {
    const norm = Math.sqrt(this.weights * this.restored);
    return norm === 0 ? Number(this.weights === this.restored) : this.product / norm;
  }

  /** Signal-to-quantisation-noise ratio 10·log₁₀(‖W‖² ÷ ‖W − Ŵ‖²) in dB; null if the weights are restored exactly. */
  get sqnrDb(): number | null {
    return this.noise === 0 ? null : 10 * Math.log10(this.weights / this.noise);
  }
}
