import { codedParameters } from '../artefact/recipe';
import type { ModelShape } from '../models/architecture';
import { needsCalibration } from '../codecs/registry';
import { forwardFlops, gramFlops, headFlops } from '../models/cost';
import type { Plan } from './plan';

/** Estimated milliseconds of a plan's pieces. */
export interface Pieces {
  baseline: number;
  /** Encode, decode and evaluate one codec. */
  codec: number;
  /** Find one opponent, and measure it if no earlier codec had the same. */
  opponent: number;
  total: number;
}

/** What one evaluation of the plan runs through the model. */
export interface WorkUnits {
  /** Windows or images. */
  sequences: number;
  /** Tokens of each. */
  length: number;
}

/** Encode and decode cost of one weight, in floating-point operations (rounding and bit packing; measured). */
const CODEC_FLOPS_PER_WEIGHT = 60;
/** Uploads, dispatches and read-backs of one tensor through encode and decode. */
const MS_PER_TENSOR = 8;
/** Clip search tries a grid of shrink factors per group. */
const CLIP_FACTOR = 4;
/** Recipes an opponent search has to encode on average: most of its 12 were tried for an earlier codec. */
const NEW_RECIPES_PER_SEARCH = 5;
/** Codecs that end up sharing an opponent with an earlier one. */
const SHARED_OPPONENTS = 0.3;

/**
 * Estimates a plan from its operation counts and the speed a probe of this very model reached on this device.
 * @param flopsPerSecond from `Session.flopsPerSecond`
 */
export function estimatePieces(
  shape: ModelShape,
  plan: Plan,
  units: WorkUnits,
  flopsPerSecond: number,
): Pieces {
  const ms = (flops: number) => (1000 * flops) / flopsPerSecond;
  const rows = shape.task === 'language-model' ? units.sequences * units.length : units.sequences;
  const forward = ms(forwardFlops(shape, units.sequences, units.length));
  const head = ms(headFlops(shape, rows));
  const divergence = plan.metrics === 'all' && shape.task === 'language-model';
  const weights = codedParameters(shape, plan.scope);
  const recode = (factor: number) =>
    ms(factor * CODEC_FLOPS_PER_WEIGHT * weights) + MS_PER_TENSOR * shape.tensors.length;
  const baseline = forward + head;
  const codec = forward + head * (divergence ? 2 : 1) + recode(1);
  const calibration = calibrationMs(shape, plan, units, ms);
  const search = NEW_RECIPES_PER_SEARCH * recode(CLIP_FACTOR);
  const opponent = plan.verdict ? search + (1 - SHARED_OPPONENTS) * (codec + recode(CLIP_FACTOR)) : 0;
  const each = codec + opponent;
  return { baseline, codec, opponent, total: baseline + plan.codecs.length * each + calibration };
}

/** Calibration data through the uncompressed model once, and twice more for each draw of each codec that learns from it. */
function calibrationMs(
  shape: ModelShape,
  plan: Plan,
  { length }: WorkUnits,
  ms: (flops: number) => number,
): number {
  if (!plan.calibration) return 0;
  const { windows, draws } = plan.calibration;
  const passes = 1 + 3 * draws * plan.codecs.filter(needsCalibration).length;
  return ms(passes * (forwardFlops(shape, windows, length) + gramFlops(shape, windows, length)));
}
