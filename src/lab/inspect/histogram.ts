/** Counts of the weights of a matrix before and after compression, in bins of one axis. */
export interface WeightHistogram {
  /** The axis: the smallest and the largest weight of both. */
  low: number;
  high: number;
  before: number[];
  after: number[];
}

/** Counts two lists of values in `bins` equal bins from the smallest to the largest of all. */
export function weightHistogram(before: Float32Array, after: Float32Array, bins: number): WeightHistogram {
  let [low, high] = [Infinity, -Infinity];
  for (const values of [before, after])
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  const width = high - low || 1;
  const counted = (values: Float32Array): number[] => {
    const counts = new Array<number>(bins).fill(0);
    for (const value of values) counts[Math.min(bins - 1, Math.floor((bins * (value - low)) / width))]++;
    return counts;
  };
  return { low, high, before: counted(before), after: counted(after) };
}

/** Number of standard deviations from the mean beyond which a weight counts as an outlier. */
export const OUTLIER_DEVIATIONS = 4;

/** Counts the values that are further than `OUTLIER_DEVIATIONS` standard deviations from their mean. */
export function countOutliers(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const limit = OUTLIER_DEVIATIONS * Math.sqrt(variance);
  return values.reduce((count, value) => count + Number(Math.abs(value - mean) > limit), 0);
}

/** Returns the distinct values in ascending order, or none if there are more than `most`. */
export function distinctValues(values: Float32Array, most: number): number[] {
  const found = new Set<number>();
  for (const value of values) {
    found.add(value);
    if (found.size > most) return [];
  }
  return [...found].sort((a, b) => a - b);
}
