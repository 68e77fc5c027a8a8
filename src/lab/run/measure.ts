import { Artefact } from '../../artefact/read';
import type { StoredArtefact } from '../../artefact/sink';
import { decodedWeights, evaluatedWeights, streamedArtefact } from '../../artefact/weights';
import { measureError, type ArtefactError } from '../../artefact/error';
import { compress, type Compressed } from '../../artefact/compress';
import { codecMeta, needsCalibration } from '../../codecs/contract/registry';
import { formatCodec } from '../../codecs/contract/spec';
import type { CodecSpec } from '../../codecs/contract/meta';
import type { MeasuredWeights } from '../../evaluate/evaluator';
import type { TensorSpec } from '../../models/architecture';
import type { Model } from '../../models/model';
import { isStreamed } from '../../runtime/forward/streamedWeights';
import { isOnGpu, type WeightValues } from '../../runtime/forward/weights';
import { ASSIGN_SHARE } from '../artefacts/compress';
import type { LabRecord } from '../results/record';
import { evaluateAndAsk, type Evaluated } from './answerTasks';
import type { PlanEvaluation } from './evaluator';
import type { TimedEvaluation } from './latency';
import {
  baselineRecord,
  calibrationRecord,
  codecRecord,
  type Findings,
  type RecordedCodec,
} from './measuredRecord';
import type { PlanSession } from './session';
import { decodeMatchesReference, packedDifference } from './verify';

/** A measured record, and for a codec the file that was measured, if it was in memory. */
export interface MeasuredRecord {
  record: LabRecord;
  artefact?: Uint8Array;
}

export interface CodecTask extends RecordedCodec {
  /** Key of the answers to tasks, which are not asked without it. */
  answersKey?: string;
  /** Share of its time that passes before the evaluation, for progress. */
  compressShare: number;
  /** Share of its time in which single tokens are timed, for progress; 0 if none are. */
  latencyShare?: number;
  /** Called with the measured weights before they are freed, once for each draw. */
  alongside?: (weights: WeightValues) => Promise<void>;
}

type Say = (step: string, fraction: number) => void;

/** Share of the compression time that restoring and the weight error take, for progress. */
const RESTORE_SHARE = 0.2;

/** What errors call the uncompressed model. */
const FLOAT_LABEL = 'the float32 baseline';

/** Measures the uncompressed float32 model under the plan's evaluation. */
export async function measureBaseline(
  session: PlanSession,
  { key, answersKey, latencyShare = 0 }: Pick<CodecTask, 'key' | 'answersKey' | 'latencyShare'>,
  signal: AbortSignal | undefined,
  say: Say,
): Promise<MeasuredRecord> {
  const started = new Date();
  const evaluate: Evaluated['evaluate'] = (onProgress) =>
    evaluateBaseline(session, signal, (fraction) => onProgress(fraction, 1));
  const found = await evaluateAndAsk(
    session,
    { weights: session.floatWeights, label: FLOAT_LABEL, answersKey, isBaseline: true, evaluate },
    signal,
    (step, fraction) => say(step, fraction * (1 - latencyShare)),
  );
  const evaluation = await withTiming(session, found.evaluation, {
    signal,
    say: (step, fraction) => say(step, 1 - latencyShare * (1 - fraction)),
  });
  return { record: baselineRecord(session, started, key, { ...found, evaluation }) };
}

/** Measures the float32 model against itself, which every other measurement of the session is paired with. */
export function evaluateBaseline(
  { evaluator }: PlanSession,
  signal: AbortSignal | undefined,
  within: (fraction: number) => void,
): Promise<PlanEvaluation> {
  const onProgress = (done: number, total: number) => within(done / total);
  return evaluator.measureBaseline({ label: FLOAT_LABEL, signal, onProgress });
}

/**
 * Compresses, restores from the bytes, and measures one codec. Only the artefact's bytes pass from encoder to decoder.
 * A calibrated codec is measured once for each draw of calibration windows; the record describes the first draw.
 * @throws LabError naming the tensor or window at fault; Cancelled. Nothing stays allocated.
 */
export async function measureCodec(
  session: PlanSession,
  task: CodecTask,
  signal: AbortSignal | undefined,
  say: Say,
): Promise<MeasuredRecord> {
  const started = new Date();
  const seeds = needsCalibration(task.spec) ? session.calibrator.seeds : [];
  const draws = Math.max(1, seeds.length);
  session.lab.gpu?.buffers.resetPeak();
  const part = (draw: number): Say => {
    const which = draws > 1 ? `, draw ${draw + 1} of ${draws}` : '';
    return (step, fraction) => say(step + which, (draw + fraction) / draws);
  };
  const found = await measureDraw(session, task, { seed: seeds[0], timed: true }, signal, part(0));
  const values = [found.evaluation.quality.value];
  // Tasks are asked of the first draw alone, which the record describes.
  const further = { ...task, answersKey: undefined };
  for (let draw = 1; draw < draws; draw++)
    values.push(
      (await measureDraw(session, further, { seed: seeds[draw], timed: false }, signal, part(draw)))
        .evaluation.quality.value,
    );
  const { trial } = found.compressed;
  const calibration = seeds.length > 0 ? await calibrationRecord(session, seeds, values, trial) : undefined;
  const record = codecRecord(session, task, started, { ...found, calibration });
  const { bytes } = found.compressed.file;
  return { record, ...(bytes && { artefact: bytes }) };
}

interface TimingRequest {
  /** The artefact with the weights; the model's own without it. */
  file?: StoredArtefact;
  /** The model, if it is not the session's. */
  model?: Model;
  signal?: AbortSignal;
  say: Say;
}

/** Adds the speed of single tokens or images with the same weights, if the plan asks for it. */
export async function withTiming(
  { lab, plan, model: own, base }: PlanSession,
  evaluation: PlanEvaluation,
  { file, model = own, signal, say }: TimingRequest,
): Promise<TimedEvaluation> {
  if (plan.latency === undefined) return evaluation;
  const { measureClassification, measureGeneration } = await import('./latency');
  const isText = model.shape.task === 'language-model';
  const measure = isText ? measureGeneration : measureClassification;
  const onProgress = (fraction: number) => say(`timing single ${isText ? 'tokens' : 'images'}`, fraction);
  const timing = await measure(lab, { model, file, base }, plan.latency, { signal, onProgress });
  return { ...evaluation, timing };
}

/** One draw of calibration windows, and whether single tokens are timed with it. */
interface Draw {
  seed: number | undefined;
  timed: boolean;
}

/** Compresses, restores, evaluates and verifies, with the calibration windows that the seed draws. */
async function measureDraw(
  session: PlanSession,
  task: CodecTask,
  { seed, timed }: Draw,
  signal: AbortSignal | undefined,
  say: Say,
): Promise<Omit<Findings, 'calibration'>> {
  const { compressShare, latencyShare = 0 } = task;
  const encodeShare = compressShare * (1 - RESTORE_SHARE);
  const rest = 1 - latencyShare;
  const sayRest: Say = (step, fraction) => say(step, fraction * rest);
  const compressed = await compressTask(session, task.spec, seed, signal, (step, f) =>
    sayRest(step, f * encodeShare),
  );
  const { file } = compressed;
  try {
    const found = await measureCompressed(session, task, compressed, signal, sayRest);
    if (!timed) return found;
    const evaluation = await withTiming(session, found.evaluation, {
      file,
      signal,
      say: (step, fraction) => say(step, rest + latencyShare * fraction),
    });
    return { ...found, evaluation };
  } finally {
    await compressed.file.dispose();
  }
}

/** Restores, evaluates and verifies what was compressed. */
async function measureCompressed(
  session: PlanSession,
  task: CodecTask,
  compressed: Compressed<StoredArtefact>,
  signal: AbortSignal | undefined,
  say: Say,
): Promise<Omit<Findings, 'calibration'>> {
  const { compressShare } = task;
  const artefact = await Artefact.open(compressed.file, session.base);
  say('restoring from its bytes', compressShare * (1 - RESTORE_SHARE));
  const decoded = await restore(session, artefact, compressed, signal);
  const { weights } = decoded;
  try {
    const label = formatCodec(task.spec);
    const evaluate: Evaluated['evaluate'] = (onProgress) =>
      session.evaluator.measure(weights, { label, signal, onProgress });
    const found = await evaluateAndAsk(
      session,
      { weights, label, answersKey: task.answersKey, evaluate },
      signal,
      (step, share) =>
        say(`${step}, ${Math.round(100 * share)} %`, compressShare + (1 - compressShare) * share),
    );
    const verification = await verify(session, artefact, decoded.dense, signal);
    if (!isStreamed(weights)) await task.alongside?.(weights);
    return { compressed, decoded, verification, ...found };
  } finally {
    decoded.dispose();
  }
}

async function compressTask(
  session: PlanSession,
  spec: CodecSpec,
  seed: number | undefined,
  signal: AbortSignal | undefined,
  say: Say,
): Promise<Compressed<StoredArtefact>> {
  const { lab, model, base, plan, calibrator } = session;
  if (seed !== undefined) say('reading calibration data', 0);
  const calibration = seed === undefined ? undefined : await calibrator.draw(seed, signal);
  const recipe = { spec, scope: plan.scope, rest: plan.rest, ...(base && { base }) };
  const chosen = codecMeta(spec.id).assigns ? ASSIGN_SHARE : 0;
  return compress(model, recipe, calibration, session.artefactSink(), {
    processor: lab.processor,
    seed: plan.seed,
    signal,
    onAssign: (fraction, step) => say(`choosing codecs, ${step}`, fraction * ASSIGN_SHARE),
    onProgress: (fraction) => say('compressing', chosen + (1 - chosen) * fraction),
  });
}

interface Restored {
  /** What quality is measured with. */
  weights: MeasuredWeights;
  /** The decoded weights, unless they are streamed. */
  dense?: WeightValues;
  decodeMs: number;
  error: ArtefactError;
  dispose(): void;
}

function restore(
  session: PlanSession,
  artefact: Artefact,
  compressed: Compressed<StoredArtefact>,
  signal?: AbortSignal,
): Promise<Restored> {
  const restoring = session.isInParts ? restoreInParts : restoreWhole;
  return restoring(session, artefact, compressed, signal);
}

/** Decodes tensor by tensor for the weight errors. Measuring decodes again, since no more than a part fits the memory. */
async function restoreInParts(
  { lab, model }: PlanSession,
  artefact: Artefact,
  { columnScales }: Compressed<StoredArtefact>,
  signal?: AbortSignal,
): Promise<Restored> {
  const weights = await streamedArtefact(lab.processor, artefact);
  let decodeMs = 0;
  const restoredValues = async (tensor: TensorSpec): Promise<Float32Array> => {
    const started = performance.now();
    const values = await weights.values(tensor, signal);
    decodeMs += performance.now() - started;
    return values;
  };
  const error = await measureError(model, artefact, restoredValues, { columnScales, signal });
  return { weights, decodeMs, error, dispose: () => undefined };
}

async function restoreWhole(
  session: PlanSession,
  artefact: Artefact,
  { columnScales }: Compressed<StoredArtefact>,
  signal?: AbortSignal,
): Promise<Restored> {
  const { gpu, processor } = session.lab;
  const started = performance.now();
  const dense = await decodedWeights(processor, artefact, signal);
  try {
    await gpu?.stream.idle(signal);
    const decodeMs = performance.now() - started;
    const outputs = await session.calibrator.outputErrors(signal);
    const options = { columnScales, signal, ...(outputs && { outputs }) };
    const restoredValues = ({ name }: TensorSpec) => dense.values(name);
    const error = await measureError(session.model, artefact, restoredValues, options);
    const weights = await evaluatedWeights(processor, artefact, dense, signal);
    return { weights, dense, decodeMs, error, dispose: () => weights.dispose() };
  } catch (failure) {
    dense.dispose();
    throw failure;
  }
}

async function verify(
  session: PlanSession,
  artefact: Artefact,
  dense: WeightValues | undefined,
  signal?: AbortSignal,
): Promise<LabRecord['verification']> {
  const { gpu, cpu } = session.lab;
  const gpuMatchesReference = gpu ? await decodeMatchesReference(gpu, artefact, signal) : null;
  // Packed kernels are those of the GPU, and there they are compared, if all weights are there.
  const isCompared = !cpu && dense && isOnGpu(dense);
  const packed = isCompared ? await packedDifference(session, artefact, dense, signal) : undefined;
  return { fromArtefact: true, gpuMatchesReference, ...(packed !== undefined && { packedDeltaNll: packed }) };
}
