import { quantileSorted } from 'simple-statistics';
import { symmetricEigen } from '../../codecs/kit/transforms/symmetricEigen';
import { Bootstrap } from '../../evaluate/statistics/bootstrap';
import type { ImageFigure } from './measures';

/** Features of images, [images, width]. */
export interface Features {
  features: ArrayLike<number>;
  width: number;
}

/** Mean [width] and covariance [width, width] of features. */
interface Moments {
  mean: Float64Array;
  covariance: Float64Array;
}

/** The Fréchet distance of images to real ones. */
export interface FrechetFigures {
  distance: ImageFigure;
  /** Difference from the images of the form that others are compared with, paired by image; absent for that form. */
  delta?: ImageFigure;
}

const RESAMPLES = 200;
const SEED = 0xf1d;

/** Returns mean and covariance of features, each image weighted by a count; by default by 1. */
export function momentsOf({ features, width }: Features, counts?: ArrayLike<number>): Moments {
  const images = features.length / width;
  const weightOf = (image: number) => counts?.[image] ?? 1;
  const mean = new Float64Array(width);
  const covariance = new Float64Array(width * width);
  let total = 0;
  for (let image = 0; image < images; image++) total += weightOf(image);
  for (let image = 0; image < images; image++)
    for (let i = 0; i < width; i++) mean[i] += (weightOf(image) * features[image * width + i]) / total;
  for (let image = 0; image < images; image++) {
    const weight = weightOf(image) / (total - 1);
    if (weight === 0) continue;
    for (let i = 0; i < width; i++) {
      const own = weight * (features[image * width + i] - mean[i]);
      for (let j = 0; j <= i; j++) covariance[i * width + j] += own * (features[image * width + j] - mean[j]);
    }
  }
  for (let i = 0; i < width; i++)
    for (let j = 0; j < i; j++) covariance[j * width + i] = covariance[i * width + j];
  return { mean, covariance };
}

/**
 * Returns what computes the Fréchet distance to a normal distribution, |μ − μ₀|² + tr(Σ + Σ₀ − 2·(Σ₀^½·Σ·Σ₀^½)^½) (Heusel et al. 2017).
 */
export function frechetFrom({ mean: from, covariance }: Moments): (of: Moments) => number {
  const width = from.length;
  const root = squareRoot(covariance, width);
  return ({ mean, covariance: own }) => {
    const between = product(product(root, own, width), root, width);
    const { values } = symmetricEigen(between, width);
    let distance = trace(covariance, width) + trace(own, width);
    for (const value of values) distance -= 2 * Math.sqrt(Math.max(0, value));
    mean.forEach((value, i) => (distance += (value - from[i]) ** 2));
    return distance;
  };
}

/**
 * Measures forms of a model against real images, with 95 % intervals by bootstrap over the images, which all forms resample alike. Images that
 * occur twice raise a distance, so that the interval of a distance is shifted to lie around it.
 * @param forms features of each form's images in one order
 * @param base index of the form that the others are compared with
 */
export function frechetFigures(forms: readonly Features[], real: Features, base = 0): FrechetFigures[] {
  const { features, width } = forms[base];
  const images = features.length / width;
  const distanceOf = frechetFrom(momentsOf(real));
  const bootstrap = new Bootstrap(images, SEED, RESAMPLES);
  const resampled = forms.map((form) => bootstrap.resample((counts) => distanceOf(momentsOf(form, counts))));
  return resampled.map((own, i) => ({
    distance: shifted(own.value, own.samples),
    ...(i !== base && {
      delta: {
        value: own.value - resampled[base].value,
        ci95: interval(own.samples.map((sample, s) => sample - resampled[base].samples[s])),
      },
    }),
  }));
}

function shifted(value: number, samples: readonly number[]): ImageFigure {
  const bias = samples.reduce((sum, sample) => sum + sample, 0) / samples.length - value;
  const [low, high] = interval(samples);
  return { value, ci95: [low - bias, high - bias] };
}

function interval(samples: readonly number[]): [number, number] {
  const sorted = samples.toSorted((a, b) => a - b);
  return [quantileSorted(sorted, 0.025), quantileSorted(sorted, 0.975)];
}

/** Returns the symmetric square root of a positive semidefinite matrix. */
function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const root = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const scale = Math.sqrt(Math.max(0, values[k]));
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) root[i * n + j] += scale * vectors[k * n + i] * vectors[k * n + j];
  }
  return root;
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k];
      for (let j = 0; j < n; j++) result[i * n + j] += factor * b[k * n + j];
    }
  return result;
}

function trace(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += matrix[i * (n + 1)];
  return sum;
}
