import { toHalf } from '../halves';
import { centroidDraws, samplePicks } from './picks';

/** Positive weights of the columns of W, taken by flattened index modulo their number. */
export interface ColumnWeights {
  columns: ArrayLike<number>;
  /** With `vector`, vectors have the mean weight of their columns, in updates only; with `element`, coordinates have their own. */
  per: 'vector' | 'element';
}

/** The settings of k-means, for the reference as for the GPU. */
export interface ClusterSettings {
  dimension: number;
  clusters: number;
  rounds: number;
  /** First centroids as vector indices, or the seed of k-means++. */
  start: Uint32Array | { seed: number };
  /** Whether centroids are rounded to float16 from the start, so that the last assignment is made with what is stored. */
  rounded: boolean;
  weights?: ColumnWeights;
}

export interface Clustering {
  /** [clusters, dimension] */
  codebook: Float32Array;
  /** [vectors] */
  indices: Uint32Array;
}

/**
 * Runs Lloyd's algorithm over flattened values, padded with zeros to whole vectors: `rounds` times it assigns each vector to the
 * centroid of least squared distance (the lower index on a tie) and replaces each centroid by the (weighted) mean of its vectors, if it
 * has any. Then it assigns once more.
 */
export function kMeans(values: ArrayLike<number>, settings: ClusterSettings): Clustering {
  const vectors = padVectors(values, settings.dimension);
  const codebook = firstCentroids(vectors, settings);
  for (let round = 0; round < settings.rounds; round++)
    updateCentroids(vectors, assignVectors(vectors, codebook, settings), codebook, settings);
  return { codebook, indices: assignVectors(vectors, codebook, settings) };
}

/** Returns the centroid's value of each of `elements` flattened elements. */
export function vectorValues(
  { codebook, indices }: { codebook: Float32Array; indices: ArrayLike<number> },
  dimension: number,
  elements: number,
): Float32Array {
  return Float32Array.from(
    { length: elements },
    (_, i) => codebook[indices[Math.floor(i / dimension)] * dimension + (i % dimension)],
  );
}

function padVectors(values: ArrayLike<number>, dimension: number): Float64Array {
  const vectors = new Float64Array(Math.ceil(values.length / dimension) * dimension);
  vectors.set(values);
  return vectors;
}

function firstCentroids(vectors: Float64Array, settings: ClusterSettings): Float32Array {
  const { dimension, clusters, start, rounded } = settings;
  const picks = start instanceof Uint32Array ? start : plusPlusPicks(vectors, settings, start.seed);
  const codebook = new Float32Array(clusters * dimension);
  for (let i = 0; i < codebook.length; i++) {
    const value = vectors[picks[Math.floor(i / dimension)] * dimension + (i % dimension)];
    codebook[i] = rounded ? toHalf(value, 'nearest') : value;
  }
  return codebook;
}

/** Chooses first centroids among a sample of the vectors by k-means++ (Arthur and Vassilvitskii 2007). */
function plusPlusPicks(vectors: Float64Array, settings: ClusterSettings, seed: number): Uint32Array {
  const { dimension, clusters } = settings;
  const sample = samplePicks(vectors.length / dimension, clusters, seed);
  const draws = centroidDraws(clusters, seed);
  const nearest = new Float64Array(sample.length).fill(Infinity);
  const picks = new Uint32Array(clusters);
  for (let k = 0; k < clusters; k++) {
    const chosen = k === 0 ? Math.floor(draws[0] * sample.length) : drawSample(nearest, draws[k], k);
    picks[k] = sample[chosen];
    for (let i = 0; i < sample.length; i++)
      nearest[i] = Math.min(nearest[i], squaredDistance(vectors, sample[i], picks[k], dimension));
  }
  return picks;
}

/** Finds the sample at which the running sum of distances passes draw · total, or any sample if all distances are zero. */
function drawSample(nearest: Float64Array, draw: number, k: number): number {
  const total = nearest.reduce((sum, d) => sum + d, 0);
  if (total === 0) return k % nearest.length;
  let left = draw * total;
  for (let i = 0; i < nearest.length; i++) {
    if (nearest[i] > left) return i;
    left -= nearest[i];
  }
  return nearest.length - 1;
}

function squaredDistance(vectors: Float64Array, i: number, j: number, dimension: number): number {
  let sum = 0;
  for (let d = 0; d < dimension; d++) sum += (vectors[i * dimension + d] - vectors[j * dimension + d]) ** 2;
  return sum;
}

function assignVectors(
  vectors: Float64Array,
  codebook: Float32Array,
  { dimension, clusters, weights }: ClusterSettings,
): Uint32Array {
  const indices = new Uint32Array(vectors.length / dimension);
  const importance = new Float64Array(dimension).fill(1);
  for (let v = 0; v < indices.length; v++) {
    const vector = vectors.subarray(v * dimension, (v + 1) * dimension);
    if (weights?.per === 'element')
      for (let d = 0; d < dimension; d++)
        importance[d] = weights.columns[(v * dimension + d) % weights.columns.length];
    indices[v] = nearestCentroid(vector, importance, codebook, clusters);
  }
  return indices;
}

/** Finds the centroid of least Σ h·(x − c)², the lower index on a tie. */
function nearestCentroid(
  vector: Float64Array,
  importance: Float64Array,
  codebook: Float32Array,
  clusters: number,
): number {
  let least = Infinity;
  let best = 0;
  for (let k = 0; k < clusters; k++) {
    let distance = 0;
    // Terms are not negative, so a sum that is no longer the least need not be finished.
    for (let d = 0; d < vector.length && distance < least; d++)
      distance += importance[d] * (vector[d] - codebook[k * vector.length + d]) ** 2;
    if (distance < least) [least, best] = [distance, k];
  }
  return best;
}

function updateCentroids(
  vectors: Float64Array,
  indices: Uint32Array,
  codebook: Float32Array,
  { dimension, weights, rounded }: ClusterSettings,
): void {
  const sums = new Float64Array(codebook.length);
  const totals = new Float64Array(codebook.length);
  for (let i = 0; i < vectors.length; i++) {
    const at = indices[Math.floor(i / dimension)] * dimension + (i % dimension);
    const weight = weights ? elementWeight(weights, i, dimension) : 1;
    sums[at] += weight * vectors[i];
    totals[at] += weight;
  }
  for (let at = 0; at < codebook.length; at++)
    if (totals[at] > 0) {
      const mean = sums[at] / totals[at];
      codebook[at] = rounded ? toHalf(mean, 'nearest') : mean;
    }
}

function elementWeight({ columns, per }: ColumnWeights, element: number, dimension: number): number {
  if (per === 'element') return columns[element % columns.length];
  return vectorWeight(columns, Math.floor(element / dimension), dimension);
}

/** Computes the mean weight of the columns that a vector of flattened W covers. */
export function vectorWeight(columns: ArrayLike<number>, vector: number, dimension: number): number {
  let sum = 0;
  for (let d = 0; d < dimension; d++) sum += columns[(vector * dimension + d) % columns.length];
  return sum / dimension;
}
