import type { CodecSpec } from '../../codecs/contract/meta';
import { needsCalibration, resolveCodec } from '../../codecs/contract/registry';
import { formatCodec } from '../../codecs/contract/spec';
import type { WorkUnits } from '../../evaluate/evaluator';
import type { ModelShape } from '../../models/architecture';
import { forwardFlops, headFlops } from '../../models/flops';
import { allSteps } from '../../models/program';
import { calibrationWork, compressMs, encodeWork, outputErrorFlops, type CostContext } from './encodeCost';
import { flopsMs, workMs, type DeviceSpeed } from './deviceSpeed';
import type { Plan } from '../plan/plan';

/** Estimated milliseconds of a plan's pieces. */
export interface TimeEstimate {
  baseline: number;
  /** Timing single tokens, which is part of every measurement. */
  latency: number;
  /** Compressing, restoring and evaluating each codec of the plan, by its spelling. */
  codecs: ReadonlyMap<string, CodecTime>;
  /** Opening, restoring and evaluating one file of others. */
  file: CodecTime;
  /** Finding one opponent, and measuring it unless an earlier codec had the same. */
  opponent: number;
  total: number;
}

export interface CodecTime {
  total: number;
  /** The share of it that passes before the evaluation begins. */
  compressShare: number;
  /** Milliseconds of compressing and restoring once, before the correction by what compressing took in this session. */
  uncorrected: number;
}

/** The recipe that an opponent's time is estimated by: clip search over 25 ranges. */
const OPPONENT = { id: 'rtn', bits: 4, group: '32', scheme: 'asymmetric', clip: true };
/** Recipes that an opponent search measures on average. Some of its 12 were measured for an earlier codec, and bad ones are dropped. */
const NEW_RECIPES_PER_SEARCH = 5;
/** Share of codecs that have the same opponent as an earlier one. */
const SHARED_OPPONENTS = 0.3;

/**
 * Estimates the time of a plan from its operation counts, the work that its codecs state, and the speed that a probe of this
 * model reached on this device.
 */
export async function estimateTime(
  shape: ModelShape,
  plan: Plan,
  units: WorkUnits,
  deviceSpeed: DeviceSpeed,
  tasks?: TaskTokens,
): Promise<TimeEstimate> {
  const context: CostContext = {
    shape,
    scope: plan.scope,
    deviceSpeed,
    length: units.length,
    calibrationWindows: plan.calibration?.windows ?? 0,
  };
  const latency = latencyMs(shape, plan, deviceSpeed);
  const evaluate = evaluationMs(shape, plan, units, deviceSpeed, tasks);
  const codecs = new Map<string, CodecTime>();
  // The first codec finds no calibration data on the device yet.
  let opening = floatMs(context, plan);
  for (const spec of plan.codecs) {
    const piece = await codecPiece(context, plan, spec, evaluate);
    codecs.set(formatCodec(spec), { ...piece, total: opening + piece.total + latency });
    opening = 0;
  }
  const { id, ...options } = OPPONENT;
  const compress = deviceSpeed.encodeCorrection * (await compressMs(context, { id, options }));
  const search = NEW_RECIPES_PER_SEARCH * (await recipeMs(context, { id, options }));
  const opponent = plan.verdict ? search + (1 - SHARED_OPPONENTS) * (compress + evaluate.codec + latency) : 0;
  const all = [...codecs.values()].reduce((sum, { total }) => sum + total, 0);
  const files = plan.files?.length ?? 0;
  const file = { total: evaluate.codec + latency, compressShare: 0, uncorrected: 0 };
  const baseline = evaluate.baseline + latency;
  const total = baseline + all + files * file.total + (plan.codecs.length + files) * opponent;
  return { baseline, latency, codecs, file, opponent, total };
}

/** Milliseconds of measuring the weight error of a recipe in the search for opponents. */
async function recipeMs({ shape, scope, deviceSpeed }: CostContext, spec: CodecSpec): Promise<number> {
  const work = encodeWork(shape, scope, await resolveCodec(spec), spec);
  const { searchFlopsPerSecond, encodeCorrection } = deviceSpeed;
  if (searchFlopsPerSecond !== undefined) return flopsMs(work.gpu, searchFlopsPerSecond);
  return encodeCorrection * workMs(work, deviceSpeed);
}

/** Time of a token divided by its operations at the speed of whole windows: with one row, kernels wait for the weights. */
const SINGLE_ROW = 4;
/** Dispatches of one step of a model on the adapter, about. */
const DISPATCHES_PER_STEP = 1.5;
/** Milliseconds of one step of a model beside its operations, at least. */
const MIN_STEP_MS = 0.005;

/** Milliseconds of timing single tokens or images; 0 if the plan does not. */
function latencyMs(shape: ModelShape, { latency = 0 }: Plan, deviceSpeed: DeviceSpeed): number {
  const { flopsPerSecond, dispatchMs, waitMs } = deviceSpeed;
  const flops = forwardFlops(shape, 1, shape.image?.tokens ?? 1) + headFlops(shape, 1);
  const slower = shape.image ? 1 : SINGLE_ROW;
  const steps = allSteps(shape.program).length * Math.max(MIN_STEP_MS, DISPATCHES_PER_STEP * dispatchMs);
  return latency * (slower * flopsMs(flops, flopsPerSecond) + steps + waitMs);
}

interface Evaluations {
  baseline: number;
  codec: number;
}

function evaluationMs(
  shape: ModelShape,
  plan: Plan,
  units: WorkUnits,
  deviceSpeed: DeviceSpeed,
  tasks?: TaskTokens,
): Evaluations {
  const isText = shape.task === 'language-model';
  const forward = forwardFlops(shape, units.sequences, units.length);
  const head = headFlops(shape, isText ? units.sequences * units.length : units.sequences);
  const divergence = plan.metrics === 'all' && isText;
  const asked = tasks ? forwardFlops(shape, taskRows(tasks) / units.length, units.length) : 0;
  return {
    baseline: flopsMs(forward + head + asked, deviceSpeed.flopsPerSecond),
    codec: flopsMs(forward + head * (divergence ? 2 : 1) + asked, deviceSpeed.flopsPerSecond),
  };
}

/** Tokens that tasks run for one form of a model. */
interface TaskTokens {
  /** Together. */
  prefill: number;
  /** One by one, at most. */
  decode: number;
}

/** A token that is generated takes as long as so many that run together, since it reads all weights for a few texts. */
const DECODE_ROWS = 8;

/** Returns the number of tokens of windows that take as long as those of tasks. */
export function taskRows({ prefill, decode }: TaskTokens): number {
  return prefill + DECODE_ROWS * decode;
}

/** Estimates the time of one codec. A calibrated codec is measured once for each draw. */
async function codecPiece(
  context: CostContext,
  plan: Plan,
  spec: CodecSpec,
  evaluate: Evaluations,
): Promise<CodecTime> {
  const { shape, scope, deviceSpeed } = context;
  const draws = needsCalibration(spec) ? (plan.calibration?.draws ?? 1) : 1;
  const outputs = plan.calibration
    ? flopsMs(outputErrorFlops(shape, scope), deviceSpeed.calibrateFlopsPerSecond)
    : 0;
  const uncorrected = outputs + (await compressMs(context, spec));
  const compress = deviceSpeed.encodeCorrection * uncorrected;
  const total = draws * (compress + evaluate.codec) + (draws - 1) * 2 * floatMs(context, plan);
  return { total, compressShare: compress / (compress + evaluate.codec), uncorrected };
}

/** Milliseconds of calibrating on the uncompressed model, for calibrated codecs, searches and output errors. */
function floatMs({ shape, calibrationWindows, length, deviceSpeed }: CostContext, plan: Plan): number {
  if (!plan.calibration) return 0;
  return flopsMs(
    calibrationWork(shape, calibrationWindows, length).float,
    deviceSpeed.calibrateFlopsPerSecond,
  );
}
