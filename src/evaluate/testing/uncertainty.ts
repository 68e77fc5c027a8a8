/** The definitions of a row's uncertainty in float64, from its log-probabilities. */
export function referenceUncertainty(logProbabilities: ArrayLike<number>) {
  const probabilities = Array.from(logProbabilities, Math.exp);
  const [first, second] = [...probabilities].sort((a, b) => b - a);
  const entropy = probabilities.reduce((sum, p, i) => sum - p * (p > 0 ? logProbabilities[i] : 0), 0);
  return { maxProbability: first, entropy, margin: first - second };
}
