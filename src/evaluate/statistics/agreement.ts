import { medianAndP99, sum } from './summary';

/** KL(baseline ‖ codec) over tokens or images, in nats; absent where it was not measured. */
export interface DivergenceFigures {
  klMean?: number;
  klMedian?: number;
  klP99?: number;
}

/** Summarises divergences of tokens or images as mean, median and 99th percentile. */
export function divergenceFigures(kl: Float64Array | undefined): DivergenceFigures {
  if (!kl) return {};
  const { median, p99 } = medianAndP99(kl);
  return { klMean: sum(kl) / kl.length, klMedian: median, klP99: p99 };
}

/** Returns the share of equal entries of two equally long lists. */
export function agreement(a: Uint32Array, b: Uint32Array): number {
  return a.reduce((hits, value, i) => hits + Number(value === b[i]), 0) / a.length;
}
