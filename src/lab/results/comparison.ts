import { LabError } from '../../base/errors';
import { unpackBits, type ImageSample } from '../../evaluate/imageSamples';
import { pairedDifference, type TextSample } from '../../evaluate/statistics/perplexity';
import { pairedProportions, type Interval } from '../../evaluate/statistics/proportions';
import { clusteredMean } from '../../evaluate/statistics/summary';
import { studentQuantile } from '../../evaluate/statistics/beta';
import type { LabRecord, RecordSample } from './record';

/** Fewer clusters of windows give no verdict: the interval's coverage is not known well enough. */
export const MIN_CLUSTERS = 30;
/** With fewer calibration draws the variance between them is not known. */
export const MIN_DRAWS = 3;
/** An opponent with less than this share of the codec's bytes is flagged as clearly smaller. */
const MIN_SLACK = 0.97;

/** Codec against opponent on the same windows or images. */
export interface SampleComparison {
  outcome: 'better' | 'worse' | 'unsure';
  /** Mean NLL difference codec − opponent in nats; images: accuracy opponent − codec in points. < 0 favours the codec. */
  difference: number;
  ci95: Interval;
  /** Validity flags the comparison adds. */
  flags: string[];
}

/**
 * Compares two runs over the same windows (paired, clustered by `block` windows) or images (exact interval for paired
 * proportions). `better` or `worse` only when the 95 % interval excludes zero.
 * @param block windows per cluster, from `clusterBlock`
 * @throws LabError bad-input when the samples are of different windows or images
 */
export function compareSamples(
  codec: readonly RecordSample[],
  opponent: readonly RecordSample[],
  block: number,
): SampleComparison {
  if (codec.length !== opponent.length) throw differentSamples();
  if (codec.every(isText) && opponent.every(isText)) return compareText(codec, opponent, block);
  if (codec.every(isImages) && opponent.every(isImages)) return compareImages(codec, opponent);
  throw differentSamples();
}

/** A difference with its 95 % interval. */
type Difference = Pick<SampleComparison, 'difference' | 'ci95'>;

/**
 * Carries a difference of the first draw over to the codec: its centre moves to the mean of the draws, and the variance
 * between draws (Student's t with draws − 1 degrees of freedom) joins the interval in quadrature. With fewer than
 * `MIN_DRAWS` draws the difference is returned as it is.
 * @param losses one for each draw, on the scale of the difference; the first is that of the draw compared
 */
export function differenceOverDraws(first: Difference, losses: readonly number[]): Difference {
  if (losses.length < MIN_DRAWS) return first;
  const { mean, standardError } = clusteredMean(losses.map((total) => ({ total, weight: 1 })));
  const reach = studentQuantile(0.975, losses.length - 1) * standardError;
  const { difference: old, ci95: within } = first;
  const difference = old + mean - losses[0];
  const ci95: Interval = [
    difference - Math.hypot(old - within[0], reach),
    difference + Math.hypot(within[1] - old, reach),
  ];
  return { difference, ci95 };
}

/** Carries a comparison of the first draw over to the codec, as `differenceOverDraws` does. */
export function withDraws(compared: SampleComparison, losses: readonly number[]): SampleComparison {
  if (losses.length < MIN_DRAWS) return compared;
  const { difference, ci95 } = differenceOverDraws(compared, losses);
  const few = compared.flags.includes('few-clusters');
  return { ...compared, difference, ci95, outcome: few ? 'unsure' : outcomeOf(ci95) };
}

/** Returns the loss of each calibration draw: its mean NLL in nats, or minus its accuracy in points. */
export function drawLosses({ quality, codec }: Pick<LabRecord, 'quality' | 'codec'>): number[] {
  const values = codec.calibration?.values ?? [];
  return quality.task === 'perplexity' ? values.map(Math.log) : values.map((value) => -100 * value);
}

/** Returns opponent bytes ÷ codec bytes, with a flag for an opponent that is clearly smaller. */
export function slackOf(opponentBytes: number, codecBytes: number): { slack: number; flags: string[] } {
  const slack = opponentBytes / codecBytes;
  return { slack, flags: slack < MIN_SLACK ? ['opponent-slack'] : [] };
}

function compareText(
  codec: readonly TextSample[],
  opponent: readonly TextSample[],
  block: number,
): SampleComparison {
  if (codec.some((sample, i) => sample.tokens !== opponent[i].tokens)) throw differentSamples();
  const pairs = codec.map(({ nll, tokens }, i) => ({ nll, tokens, baselineNll: opponent[i].nll }));
  const { mean, ci95, degrees } = pairedDifference(pairs, block);
  const few = degrees + 1 < MIN_CLUSTERS;
  return {
    outcome: few ? 'unsure' : outcomeOf(ci95),
    difference: mean,
    ci95,
    flags: few ? ['few-clusters'] : [],
  };
}

function compareImages(codec: readonly ImageSample[], opponent: readonly ImageSample[]): SampleComparison {
  if (codec.some((sample, i) => sample.images !== opponent[i].images)) throw differentSamples();
  const own = codec.flatMap(unpackBits);
  const rival = opponent.flatMap(unpackBits);
  // Losses are what counts against the codec, so that a negative difference favours it as with text.
  const gained = rival.filter((right, i) => right && !own[i]).length;
  const lost = rival.filter((right, i) => !right && own[i]).length;
  const [low, high] = pairedProportions(gained, lost, own.length);
  const ci95: Interval = [100 * low, 100 * high];
  return {
    outcome: outcomeOf(ci95),
    difference: (100 * (gained - lost)) / own.length,
    ci95,
    flags: [],
  };
}

function outcomeOf([low, high]: Interval): SampleComparison['outcome'] {
  if (high < 0) return 'better';
  return low > 0 ? 'worse' : 'unsure';
}

function isText(sample: RecordSample): sample is TextSample {
  return 'tokens' in sample;
}

function isImages(sample: RecordSample): sample is ImageSample {
  return 'bits' in sample;
}

function differentSamples(): LabError {
  return new LabError(
    'bad-input',
    'Codec and opponent were not measured on the same windows or images.',
    'Measure both under one plan.',
  );
}
