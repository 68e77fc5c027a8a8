/** How uncertain a model is of each row's token or class, from its own distribution alone; the right answer plays no part. */
export interface RowUncertainty {
  /** Probability of the likeliest one, 0 … 1. */
  maxProbability: Float64Array;
  /** Entropy of the distribution in nats. */
  entropy: Float64Array;
  /** Probability of the likeliest one minus that of the second, 0 … 1. */
  margin: Float64Array;
}

const FIGURES = ['maxProbability', 'entropy', 'margin'] as const;

/** What an engine reduces a row of logits x to, relative to their maximum m. */
export interface ReducedRow {
  /** Σ exp(x − m) */
  sum: number;
  /** Σ exp(x − m) · (x − m) */
  moment: number;
  /** m − the second largest logit */
  gap: number;
}

/** Makes the uncertainty of rows: p₁ = 1 ÷ Σ, H = ln Σ − moment ÷ Σ, p₁ − p₂ = (1 − exp(−gap)) ÷ Σ. */
export function rowUncertainty(rows: number, reduced: (row: number) => ReducedRow): RowUncertainty {
  const uncertainty = emptyUncertainty(rows);
  for (let row = 0; row < rows; row++) {
    const { sum, moment, gap } = reduced(row);
    uncertainty.maxProbability[row] = 1 / sum;
    uncertainty.entropy[row] = Math.max(0, Math.log(sum) - moment / sum);
    uncertainty.margin[row] = -Math.expm1(-gap) / sum;
  }
  return uncertainty;
}

/** Returns zeros for `rows` rows. */
export function emptyUncertainty(rows: number): RowUncertainty {
  const [maxProbability, entropy, margin] = FIGURES.map(() => new Float64Array(rows));
  return { maxProbability, entropy, margin };
}

/** Returns the rows [first, first + count), as views. */
export function someUncertainty(rows: RowUncertainty, first: number, count: number): RowUncertainty {
  const [maxProbability, entropy, margin] = FIGURES.map((figure) =>
    rows[figure].subarray(first, first + count),
  );
  return { maxProbability, entropy, margin };
}

/** Copies the rows of `from` into `into`, from row `first` on. */
export function setUncertainty(into: RowUncertainty, from: RowUncertainty, first: number): void {
  for (const figure of FIGURES) into[figure].set(from[figure], first);
}
