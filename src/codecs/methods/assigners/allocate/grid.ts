import { LINEAR_ROLES, type TensorRole } from '../../../../models/architecture';
import type { RateDistortionPoint } from '../../../kit/rateAllocation/choose';
import type { CodecSpec } from '../../../contract/meta';
import type { AssignRequest, AssignTensor, Trial } from '../../../contract/assigner';
import { codecMeta } from '../../../contract/registry';
import { completeOptions } from '../../../contract/spec';
import type { AllocateOptions } from './candidates';

/** Steps that are tried on each tensor, in root mean squares; other steps are predicted by interpolation. */
export const TRIED_STEPS = [0.08, 0.2, 0.5, 1.2];
/** The step at which the loss is measured; steps in files are usually near it. */
const PROBE_STEP = 0.2;
const LADDER_PER_OCTAVE = 4;
const MIN_STEP = 0.02;
const MAX_STEP = 2.4;

/** Candidate steps in a geometric sequence. */
const STEPS: readonly number[] = Array.from(
  { length: 1 + Math.floor(LADDER_PER_OCTAVE * Math.log2(MAX_STEP / MIN_STEP)) },
  (_, i) => Number((MIN_STEP * 2 ** (i / LADDER_PER_OCTAVE)).toPrecision(3)),
);

/** The damping of all trials, whatever the file's is, so that searches over damping reuse them. */
const TRIAL_DAMPING = 0.1;

/** Returns the codec that is tried at a step. */
export function trialSpec(step: number, rows: Rows = 'uniform'): CodecSpec {
  return gridSpec(step, rows, TRIAL_DAMPING);
}

/** Whether the rows of a token table share one step or have steps by their tokens' counts in the calibration text. */
type Rows = 'uniform' | 'counts';
/** Tables that have a row for each token. */
const TOKEN_ROLES: ReadonlySet<TensorRole> = new Set(['embedding', 'head']);

/** Returns the entropy-coded grid of one step with every refinement that lowers its error. */
function gridSpec(step: number, rows: Rows, damping: number): CodecSpec {
  const given = { step, rounding: 'waterfilled', trellis: true, rows, damping };
  const inner: CodecSpec = { id: 'grid', options: completeOptions(codecMeta('grid'), given) };
  return { id: 'rans', options: completeOptions(codecMeta('rans'), {}), inner };
}

/** The bytes and predicted distortion of a step that was tried. */
export interface TriedStep {
  step: number;
  bytes: number;
  distortion: number;
}

/**
 * Predicts bytes and distortion of every candidate step from a few that are tried. For tables outside the blocks (tokens,
 * positions, patches) the loss is measured at each tried step, because their error does not say which rows are read. Tables of
 * tokens are tried both with one step and with steps by counts.
 */
export async function gridPoints(
  request: AssignRequest,
  tensor: AssignTensor,
  options: AllocateOptions,
  errorOf: (trial: Trial) => number,
): Promise<RateDistortionPoint<CodecSpec>[]> {
  const kinds: Rows[] =
    options.sensitivity === 'loss' && TOKEN_ROLES.has(tensor.role) ? ['uniform', 'counts'] : ['uniform'];
  const points: RateDistortionPoint<CodecSpec>[] = [];
  for (const rows of kinds) {
    const tried = await trySteps(request, tensor, rows, options, errorOf);
    for (const step of STEPS)
      points.push({ choice: gridSpec(step, rows, options.damping), ...interpolate(tried, step) });
  }
  return points;
}

async function trySteps(
  request: AssignRequest,
  { name, role }: AssignTensor,
  rows: Rows,
  { sensitivity }: AllocateOptions,
  errorOf: (trial: Trial) => number,
): Promise<TriedStep[]> {
  const measures = sensitivity === 'loss';
  const loss = (step: number) => request.lossRise(name, trialSpec(step, rows));
  const isTable = measures && !LINEAR_ROLES.has(role);
  const trials = new Map<number, Trial>();
  for (const step of TRIED_STEPS) trials.set(step, await request.trial(name, trialSpec(step, rows)));
  const error = errorOf(trials.get(PROBE_STEP)!);
  const perError = !measures ? 1 : isTable || error === 0 ? 0 : (await loss(PROBE_STEP)) / error;
  const tried: TriedStep[] = [];
  for (const [step, trial] of trials) {
    const distortion = isTable ? await loss(step) : perError * errorOf(trial);
    tried.push({ step, bytes: trial.bytes, distortion });
  }
  return tried;
}

/** Smaller distortions count as this one, so that their logarithm is finite. */
const MIN_DISTORTION = 1e-15;

/**
 * Interpolates bytes and distortion between the two nearest tried steps, and extrapolates beyond the outermost: bytes are nearly
 * linear in the logarithm of the step (one bit per octave), and distortion is nearly a power of the step.
 * @param tried at least two, in ascending order of steps
 */
export function interpolate(
  tried: readonly TriedStep[],
  step: number,
): { bytes: number; distortion: number } {
  const above = tried.findIndex((point) => point.step >= step);
  const high = above < 0 ? tried.length - 1 : Math.max(1, above);
  const [a, b] = [tried[high - 1], tried[high]];
  const t = Math.log(step / a.step) / Math.log(b.step / a.step);
  const linear = (low: number, top: number) => low + t * (top - low);
  const log = (distortion: number) => Math.log(Math.max(MIN_DISTORTION, distortion));
  return {
    bytes: Math.max(0, linear(a.bytes, b.bytes)),
    distortion: Math.exp(linear(log(a.distortion), log(b.distortion))),
  };
}
