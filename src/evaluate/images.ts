import { maxSequences } from '../runtime/forward/forward';
import { agreement, divergenceFigures, type DivergenceFigures } from './statistics/agreement';
import { batchLimits, batchSize, type ScoredBatch } from './batches';
import type { Estimate } from './statistics/perplexity';
import { pairedProportions, type Interval } from './statistics/proportions';
import type { Compute } from './engine';
import { imageSamples, type ImageSample } from './imageSamples';
import { Evaluator, type EvaluationRun, type EvaluatorInput } from './evaluator';
import type { RowLosses } from './reduction';
import { sum, summarize, type Summary } from './statistics/summary';

export interface ImageInput extends EvaluatorInput {
  /** Right class of every image. */
  labels: ArrayLike<number>;
  /** Preprocessed pixels [count, channels, size, size] of images [first, first + count). */
  pixels: (first: number, count: number) => Promise<Float32Array> | Float32Array;
}

/** Quality of an image classifier as records store it; shares of 1. */
interface ImageQuality extends DivergenceFigures {
  task: 'image-accuracy';
  images: number;
  value: number;
  standardError: number;
  baseline: Estimate;
  delta: number;
  deltaCi95: Interval;
  /** Percentage points. */
  deltaPercent: number;
  deltaPercentCi95: Interval;
  topAgreement: number;
  /** Mean cross entropy, in nats. */
  loss: number;
}

/** One evaluation of an image classifier. */
export interface ImageEvaluation {
  quality: ImageQuality;
  samples: ImageSample[];
  /** Independent images behind the intervals. */
  clusters: number;
  /** What ran the model. */
  compute: Compute;
  /** Images per second through the forward pass, classifier excluded. */
  speed: { imagesPerSecond: Summary };
}

/** Makes an evaluator of image accuracy. It lays out the batches; nothing runs yet. */
export function imageEvaluator(input: ImageInput): Evaluator<ImageEvaluation> {
  const { gpu, shape, labels } = input;
  const { tokens } = shape.image!;
  const limits = batchLimits(gpu);
  const sequences = batchSize(labels.length, tokens, maxSequences(limits, shape, 0), limits.software);
  return new Evaluator({
    ...input,
    units: { sequences: labels.length, length: tokens },
    batches: imageBatches(input, sequences),
    sequences,
    length: 0,
    nameRow: (row) => `image ${row + 1} of ${labels.length}`,
    summarise: (run) => imageEvaluation(labels, run),
  });
}

function imageEvaluation(labels: ArrayLike<number>, run: EvaluationRun): ImageEvaluation {
  const { scores, baseline, sequencesPerSecond } = run;
  const right = ({ top }: RowLosses) => Array.from(top, (t, i) => t === labels[i]);
  const samples = imageSamples(right(scores), right(baseline));
  return {
    quality: imageQuality(samples, scores, baseline),
    samples,
    clusters: labels.length,
    compute: run.compute,
    speed: { imagesPerSecond: summarize(sequencesPerSecond) },
  };
}

function imageBatches({ labels, pixels, shape }: ImageInput, sequences: number): ScoredBatch[] {
  const { channels, size } = shape.image!;
  return Array.from({ length: Math.ceil(labels.length / sequences) }, (_, b) => {
    const first = b * sequences;
    const items = Math.min(sequences, labels.length - first);
    return {
      items,
      segments: [{ firstRow: 0, rows: items }],
      targets: Uint32Array.from({ length: items }, (_, i) => labels[first + i]),
      input: async () => {
        const values = await pixels(first, items);
        if (items === sequences) return values;
        const padded = new Float32Array(sequences * channels * size * size);
        padded.set(values);
        return padded;
      },
    };
  });
}

function imageQuality(samples: readonly ImageSample[], scores: RowLosses, baseline: RowLosses): ImageQuality {
  const total = (field: 'correct' | 'baselineCorrect' | 'images' | 'gained' | 'lost') =>
    samples.reduce((all, sample) => all + sample[field], 0);
  const images = total('images');
  const delta = (total('gained') - total('lost')) / images;
  const deltaCi95 = pairedProportions(total('gained'), total('lost'), images);
  return {
    task: 'image-accuracy',
    images,
    ...proportion(total('correct'), images),
    baseline: proportion(total('baselineCorrect'), images),
    delta,
    deltaCi95,
    deltaPercent: 100 * delta,
    deltaPercentCi95: [100 * deltaCi95[0], 100 * deltaCi95[1]],
    ...divergenceFigures(scores.kl),
    topAgreement: agreement(scores.top, baseline.top),
    loss: sum(scores.nll) / images,
  };
}

/** A share of `n` with its binomial standard error √(p(1 − p) ÷ n). */
function proportion(hits: number, n: number): Estimate {
  const value = hits / n;
  return { value, standardError: Math.sqrt((value * (1 - value)) / n) };
}
