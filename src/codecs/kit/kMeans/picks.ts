import { KeyedRandom } from '../../../base/random';

/** Streams of the keyed generator. */
const SAMPLE_STREAM = 0x76710001;
const DRAW_STREAM = 0x76710002;

/** Samples that k-means++ chooses among: enough for every centroid, few enough for one workgroup. */
const SAMPLES_PER_CLUSTER = 4;
const MIN_SAMPLES = 4096;

/** Chooses Tenpak's first centroids: vector ⌊i·n/K⌋ for centroid i. */
export function evenPicks(vectors: number, clusters: number): Uint32Array {
  return Uint32Array.from({ length: clusters }, (_, i) => Math.floor((i * vectors) / clusters));
}

/** Chooses Tenpak's weighted first centroids: for centroid i the first vector at which the running weight reaches i/K of the total. */
export function weightedPicks(
  vectors: number,
  clusters: number,
  weight: (vector: number) => number,
): Uint32Array {
  let total = 0;
  for (let i = 0; i < vectors; i++) total += weight(i);
  const picks = new Uint32Array(clusters).fill(vectors - 1);
  let reached = 0;
  let next = 0;
  for (let i = 0; i < vectors && next < clusters; i++) {
    reached += weight(i);
    while (next < clusters && reached >= (next / clusters) * total) picks[next++] = i;
  }
  return picks;
}

/** Chooses the vectors that k-means++ draws from: one out of each of equal shares, or all of them if they are few. */
export function samplePicks(vectors: number, clusters: number, seed: number): Uint32Array {
  const samples = maxSamples(clusters);
  if (vectors <= samples) return Uint32Array.from({ length: vectors }, (_, i) => i);
  const random = new KeyedRandom(seed, SAMPLE_STREAM);
  const share = (i: number) => Math.floor((i * vectors) / samples);
  return Uint32Array.from(
    { length: samples },
    (_, i) => share(i) + Math.floor(random.uniformAt(i) * (share(i + 1) - share(i))),
  );
}

/** Draws a number in [0, 1) for each centroid of k-means++. */
export function centroidDraws(clusters: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, DRAW_STREAM);
  return Float32Array.from({ length: clusters }, (_, k) => random.uniformAt(k));
}

/** Returns the most vectors that k-means++ draws from. */
export function maxSamples(clusters: number): number {
  return Math.max(MIN_SAMPLES, SAMPLES_PER_CLUSTER * clusters);
}
