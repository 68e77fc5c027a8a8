import { LINEAR_ROLES, type TensorRole } from '../../../../models/architecture';
import type { Point } from '../../../kit/rateAllocation/choose';
import type { CodecSpec } from '../../../contract/meta';
import type { AssignRequest, AssignTensor, Trial } from '../../../contract/assigner';
import { codecMeta } from '../../../contract/registry';
import { completeOptions } from '../../../contract/spec';
import type { AllocateOptions } from './candidates';

/** Steps that are tried on each tensor, in root mean squares; the file's steps lie between and a little beyond. */
export const TRIED_STEPS = [0.08, 0.2, 0.5, 1.2];
/** Where the loss is measured: near the steps that end up in files. */
const PROBE_STEP = 0.2;
const LADDER_PER_OCTAVE = 4;
const FINEST = 0.02;
const COARSEST = 2.4;

/** Candidate steps: a geometric ladder. */
const STEPS: readonly number[] = Array.from(
  { length: 1 + Math.floor(LADDER_PER_OCTAVE * Math.log2(COARSEST / FINEST)) },
  (_, i) => Number((FINEST * 2 ** (i / LADDER_PER_OCTAVE)).toPrecision(3)),
);

/** Trials have one damping, whatever the file will have: searches then try nothing twice. */
const TRIAL_DAMPING = 0.1;

/** The codec that is tried at a step. */
export function trialSpec(step: number, rows: Rows = 'uniform'): CodecSpec {
  return gridSpec(step, rows, TRIAL_DAMPING);
}

/** Whether rows of a token table have steps by how often calibration met their token. */
type Rows = 'uniform' | 'counts';
/** Tables that have a row for each token. */
const TOKEN_ROLES: ReadonlySet<TensorRole> = new Set(['embedding', 'head']);

/** The entropy-coded grid of one step, with everything that lowers its error. */
function gridSpec(step: number, rows: Rows, damping: number): CodecSpec {
  const given = { step, rounding: 'waterfilled', trellis: true, rows, damping };
  const inner: CodecSpec = { id: 'grid', options: completeOptions(codecMeta('grid'), given) };
  return { id: 'rans', options: completeOptions(codecMeta('rans'), {}), inner };
}

/** The bytes and the predicted distortion of one tried step. */
export interface Tried {
  step: number;
  bytes: number;
  distortion: number;
}

/**
 * Bytes and predicted distortion of every step of the ladder, from a few that are tried. Tables outside the blocks (tokens,
 * positions, patches) have the loss measured at each tried step: their error does not say which rows are read. Tables of tokens
 * are tried both ways, with one step and with steps of rows by counts.
 */
export async function gridPoints(
  request: AssignRequest,
  tensor: AssignTensor,
  options: AllocateOptions,
  errorOf: (trial: Trial) => number,
): Promise<Point<CodecSpec>[]> {
  const kinds: Rows[] =
    options.sensitivity === 'loss' && TOKEN_ROLES.has(tensor.role) ? ['uniform', 'counts'] : ['uniform'];
  const points: Point<CodecSpec>[] = [];
  for (const rows of kinds) {
    const tried = await triedSteps(request, tensor, rows, options, errorOf);
    for (const step of STEPS)
      points.push({ choice: gridSpec(step, rows, options.damping), ...between(tried, step) });
  }
  return points;
}

async function triedSteps(
  request: AssignRequest,
  { name, role }: AssignTensor,
  rows: Rows,
  { sensitivity }: AllocateOptions,
  errorOf: (trial: Trial) => number,
): Promise<Tried[]> {
  const measures = sensitivity === 'loss';
  const loss = (step: number) => request.lossRise(name, trialSpec(step, rows));
  const isTable = measures && !LINEAR_ROLES.has(role);
  const trials = new Map<number, Trial>();
  for (const step of TRIED_STEPS) trials.set(step, await request.trial(name, trialSpec(step, rows)));
  const error = errorOf(trials.get(PROBE_STEP)!);
  const perError = !measures ? 1 : isTable || error === 0 ? 0 : (await loss(PROBE_STEP)) / error;
  const tried: Tried[] = [];
  for (const [step, trial] of trials) {
    const distortion = isTable ? await loss(step) : perError * errorOf(trial);
    tried.push({ step, bytes: trial.bytes, distortion });
  }
  return tried;
}

/** The smallest distortion whose logarithm is taken. */
const NOTHING = 1e-15;

/**
 * Bytes are nearly linear in the logarithm of the step (a bit for each octave), and distortion is nearly a power of it: both are
 * interpolated so between the two nearest tried steps, and continued beyond the outermost.
 * @param tried at least two, by rising step
 */
export function between(tried: readonly Tried[], step: number): { bytes: number; distortion: number } {
  const above = tried.findIndex((point) => point.step >= step);
  const high = above < 0 ? tried.length - 1 : Math.max(1, above);
  const [a, b] = [tried[high - 1], tried[high]];
  const t = Math.log(step / a.step) / Math.log(b.step / a.step);
  const mix = (low: number, top: number) => low + t * (top - low);
  const log = (distortion: number) => Math.log(Math.max(NOTHING, distortion));
  return {
    bytes: Math.max(0, mix(a.bytes, b.bytes)),
    distortion: Math.exp(mix(log(a.distortion), log(b.distortion))),
  };
}
