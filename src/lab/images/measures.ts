import { clopperPearson, pairedProportions, type Interval } from '../../evaluate/statistics/proportions';
import { clusteredMean } from '../../evaluate/statistics/summary';

/** A figure with its 95 % interval. */
export interface ImageFigure {
  value: number;
  ci95: Interval;
}

/** What the images of a codec differ in from those of the float model with the same noise. */
export interface ImageMeasures {
  /** Mean over images of the distance ‖x̂₀ − x₀‖₂ of the pixels, which are in [−1, 1]. Null for fewer than two images. */
  drift: ImageFigure | null;
  /** The distance divided by the norm of the float image, the mean over images. Null for fewer than two images. */
  relativeDrift: ImageFigure | null;
}

/** What a classifier says about the images of one form of a model. */
export interface ImageJudgement {
  /** Share of images that it takes for the intended class. */
  intended: ImageFigure;
  /** Share of images that it takes for the same class as the float model's image of the same noise. */
  asFloat: ImageFigure;
  /** Difference of the share `intended` from the float model's, paired by image. */
  intendedDelta: ImageFigure;
}

/** Measures how far images drift from those of the float model. @param pixels [images, perImage], `float` the same of the baseline */
export function imageMeasures(pixels: Float64Array, float: Float64Array, images: number): ImageMeasures {
  const distances = normsOf((i) => pixels[i] - float[i], pixels.length, images);
  const sizes = normsOf((i) => float[i], pixels.length, images);
  return {
    drift: meanOf(distances),
    relativeDrift: meanOf(distances.map((distance, image) => distance / sizes[image])),
  };
}

/** Returns by how much images drift more than others from those of the float model, paired by image. Null for fewer than two images. */
export function driftDifference(
  pixels: Float64Array,
  others: Float64Array,
  float: Float64Array,
  images: number,
): ImageFigure | null {
  const own = normsOf((i) => pixels[i] - float[i], pixels.length, images);
  const theirs = normsOf((i) => others[i] - float[i], pixels.length, images);
  return meanOf(own.map((distance, image) => distance - theirs[image]));
}

/** Returns the norm of each image's values. */
function normsOf(value: (index: number) => number, length: number, images: number): number[] {
  const squares = new Float64Array(images);
  for (let i = 0; i < length; i++) squares[Math.floor((i * images) / length)] += value(i) ** 2;
  return Array.from(squares, Math.sqrt);
}

/** Compares the classes that a classifier finds. @param found the class of each image, `float` those of the baseline's images */
export function judgement(
  found: readonly number[],
  float: readonly number[],
  intended: readonly number[],
): ImageJudgement {
  const count = (test: (i: number) => boolean) => found.filter((_, i) => test(i)).length;
  const right = (classes: readonly number[], i: number) => classes[i] === intended[i];
  const gained = count((i) => right(found, i) && !right(float, i));
  const lost = count((i) => !right(found, i) && right(float, i));
  const n = found.length;
  return {
    intended: share(
      count((i) => right(found, i)),
      n,
    ),
    asFloat: share(
      count((i) => found[i] === float[i]),
      n,
    ),
    intendedDelta: { value: (gained - lost) / n, ci95: pairedProportions(gained, lost, n) },
  };
}

function meanOf(values: readonly number[]): ImageFigure | null {
  if (values.length < 2) return null;
  const { mean, ci95 } = clusteredMean(values.map((total) => ({ total, weight: 1 })));
  return { value: mean, ci95 };
}

function share(hits: number, n: number): ImageFigure {
  return { value: hits / n, ci95: clopperPearson(hits, n) };
}
