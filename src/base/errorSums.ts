/** How restored values differ from the weights they stand for: running sums over pairs, float64. */
export class ErrorSums {
  private weights = 0;
  private restored = 0;
  private product = 0;
  private noise = 0;
  private largest = 0;

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

  merge(other: ErrorSums): void {
    this.weights += other.weights;
    this.restored += other.restored;
    this.product += other.product;
    this.noise += other.noise;
    this.largest = Math.max(this.largest, other.largest);
  }

  /** ‖W − Ŵ‖ ÷ ‖W‖; of weights that are all zero ‖Ŵ‖, so that 0 always means equal. */
  get relativeL2(): number {
    return Math.sqrt(this.weights === 0 ? this.noise : this.noise / this.weights);
  }

  get maxAbs(): number {
    return this.largest;
  }

  get cosine(): number {
    const norm = Math.sqrt(this.weights * this.restored);
    return norm === 0 ? Number(this.weights === this.restored) : this.product / norm;
  }

  /** 10·log₁₀(‖W‖² ÷ ‖W − Ŵ‖²); null when the weights are restored exactly. */
  get sqnrDb(): number | null {
    return this.noise === 0 ? null : 10 * Math.log10(this.weights / this.noise);
  }
}
