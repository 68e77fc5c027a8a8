import type { ModelShape } from '../models/architecture';
import { linearInputs } from '../models/linearInputs';
import { allSteps } from '../models/program';
import type { WeightValues } from '../runtime/forward/weights';
import type { InputStatistics } from './inputs';
import { openWalk, type CalibrationDevice } from './openWalk';
import type { CalibrationBatches, CalibrationWalk, CollectedInputs } from './walk';

/** Calibration data for encoders: the windows, and the statistics of the uncompressed model on them. */
export interface Calibration {
  /** Opens a walk of the windows through weights; the caller disposes of it. */
  openWalk(signal?: AbortSignal): Promise<CalibrationWalk>;
  /** Inputs of every linear layer of the float32 model, the head included. */
  float: CollectedInputs;
  /** The count of each token in the windows, by the name of a table of tokens (embedding, head); empty for images. */
  rowCounts: ReadonlyMap<string, Float32Array>;
}

/** Counts the tokens of the windows for every table with one row per token. */
export function tokenCounts(
  { program, vocabulary, image }: ModelShape,
  { batches }: CalibrationBatches,
): ReadonlyMap<string, Float32Array> {
  if (image) return new Map();
  const counts = new Float32Array(vocabulary);
  for (const batch of batches) for (const id of batch) counts[id]++;
  const tables = allSteps(program).flatMap((step) => (step.op === 'embed' ? [step.table] : []));
  return new Map([...tables, program.head.weight].map((name) => [name, counts]));
}

/** Returns the bytes of memory that the Gram matrices of a whole model take. */
export function gramBytes(shape: ModelShape): number {
  return linearInputs(shape.program).reduce((sum, { width }) => sum + 4 * width * width, 0);
}

/**
 * Runs the float32 model over the calibration windows and returns the statistics of every layer's input. The caller frees
 * `float`.
 * @throws LabError out-of-memory; Cancelled. After an error nothing stays allocated.
 */
export async function openCalibration(
  device: CalibrationDevice,
  shape: ModelShape,
  weights: WeightValues,
  batches: CalibrationBatches,
  signal?: AbortSignal,
): Promise<Calibration> {
  const open = (stop?: AbortSignal) => openWalk(device, shape, batches, stop);
  const walk = await open(signal);
  const byWeight = new Map<string, InputStatistics>();
  const parts: CollectedInputs[] = [];
  const keep = (part: CollectedInputs) => {
    parts.push(part);
    for (const [name, inputs] of part.byWeight) byWeight.set(name, inputs);
  };
  const dispose = () => parts.forEach((part) => part.dispose());
  try {
    await walk.begin(weights);
    for (const block of shape.program.blocks.keys()) keep(await walk.collectAndAdvance(block, weights));
    keep(await walk.collectHead(weights));
    return { openWalk: open, float: { byWeight, dispose }, rowCounts: tokenCounts(shape, batches) };
  } catch (error) {
    dispose();
    throw error;
  } finally {
    walk.dispose();
  }
}
