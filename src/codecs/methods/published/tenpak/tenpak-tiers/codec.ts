import { invariant, LabError, throwIfAborted } from '../../../../../base/errors';
import type { CodecSpec } from '../../../../contract/meta';
import {
  defineAssigner,
  type AssignRequest,
  type AssignTensor,
  type Trial,
} from '../../../../contract/assigner';
import { codecSpec } from '../../../../contract/spec';
import { minimiseDistortion, type RateDistortionPoint } from '../../../../kit/rateAllocation/choose';
import { PROBE } from '../../../../kit/rateAllocation/probe';
import meta from './meta';
import { MEASURED_SHARE, normalised, sensitivities, type TiersOptions } from './sensitivity';
import { int4Spec, tierBytes, tierOf, tierSpec } from './tiers';

/** The smallest sensitivity of a tensor, as a share of the largest: a loss that does not rise may be noise. */
const FLOOR = 0.01;

/** What the corrected form chooses from: Tenpak's own forms with searched ranges, and plain rounding at 2 to 8 bits. */
const MENU: readonly CodecSpec[] = [
  ...(['128', '32'] as const).map((group) => corrected(group, 'none')),
  ...(['64', '16'] as const).map((group) => corrected(group, 'int2')),
  ...(['64', '16', '8'] as const).map((group) => corrected(group, 'int4')),
  ...[2, 3, 4, 5, 6, 7, 8].map((bits) => plain(bits)),
];

function corrected(group: string, residual: string): CodecSpec {
  return int4Spec({ mode: 'corrected', group, residual });
}

function plain(bits: number): CodecSpec {
  return codecSpec('rtn', { bits, group: '32', scheme: 'asymmetric', clip: true });
}

type Choice = Map<string, CodecSpec>;

/** Chooses by sensitivity. @throws LabError without calibration data for `sensitivity=loss`; Cancelled */
async function assign(request: AssignRequest, options: TiersOptions): Promise<Choice> {
  const { tensors } = request;
  const raw = await sensitivities(request, options.sensitivity);
  const wrong = raw.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new LabError(
      'not-finite',
      `The loss without ${tensors[wrong].name} is not a number.`,
      'Use sensitivity=position, or other calibration data.',
    );
  const { table } = options;
  const tiers = normalised(raw).map((value) => tierOf(table, value));
  if (options.mode === 'faithful')
    return new Map(tensors.map(({ name }, i) => [name, tierSpec(table, tiers[i])]));
  const budget = tensors.reduce((sum, { matrix }, i) => sum + tierBytes(matrix, table, tiers[i]), 0);
  return spend(request, raw, budget);
}

/** Spends the bytes of the faithful choice where they save the most predicted distortion. */
async function spend(request: AssignRequest, raw: readonly number[], budget: number): Promise<Choice> {
  const { tensors } = request;
  const floor = FLOOR * Math.max(...raw, 0);
  const points: RateDistortionPoint<CodecSpec>[][] = [];
  for (const [i, tensor] of tensors.entries()) {
    const done = MEASURED_SHARE + ((1 - MEASURED_SHARE) * i) / tensors.length;
    request.onProgress?.(done, `trials of ${tensor.name}`);
    points.push(await measured(request, tensor, Math.max(raw[i], floor)));
  }
  const chosen = minimiseDistortion(points, budget);
  invariant(chosen, 'the smallest choices exceed the bytes of the published tiers');
  return new Map(tensors.map(({ name }, i) => [name, points[i][chosen[i]].choice]));
}

/**
 * Measures every choice for one tensor. Distortion is sensitivity · error ÷ error of the probe, which for a measured sensitivity
 * predicts the rise of the loss.
 */
async function measured(
  request: AssignRequest,
  { name }: AssignTensor,
  sensitivity: number,
): Promise<RateDistortionPoint<CodecSpec>[]> {
  const probe = errorOf(await request.trial(name, PROBE));
  const points: RateDistortionPoint<CodecSpec>[] = [];
  for (const choice of MENU) {
    throwIfAborted(request.signal);
    const trial = await request.trial(name, choice);
    const distortion = probe > 0 ? (sensitivity * errorOf(trial)) / probe : errorOf(trial);
    points.push({ choice, bytes: trial.bytes, distortion });
  }
  return points;
}

function errorOf({ outputError, squaredError }: Trial): number {
  return outputError ?? squaredError;
}

export default defineAssigner(meta, {
  assign,
  trials: ({ mode, sensitivity }) => ({
    codecs: mode === 'faithful' ? [PROBE] : MENU,
    lossRises: sensitivity === 'loss' ? 1 : 0,
  }),
});
