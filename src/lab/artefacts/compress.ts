import { openBlockCalibration } from '../../artefact/blockCalibration';
import type { CalibrationSource } from '../../artefact/chooseCodecs';
import { compress, type CompressContext, type Compressed } from '../../artefact/compress';
import type { Recipe } from '../../artefact/recipe';
import type { ArtefactSink } from '../../artefact/sink';
import { codecMeta, needsCalibration } from '../../codecs/contract/registry';
import type { Model } from '../../models/model';
import { gramBytes } from '../../calibrate/calibration';
import type { CalibrationBatches } from '../../calibrate/walk';
import type { ModelShape } from '../../models/architecture';
import { isStreamed } from '../../runtime/forward/streamedWeights';
import { openFloat } from '../floatModel';
import { Calibrator } from '../calibration/calibrator';
import { openCalibrationData } from '../calibration/data';
import { calibrationDevice } from '../devices';
import type { Lab } from '../lab';
import type { CalibrationPlan } from '../plan/plan';

/** The share of the time of compressing in which an assigner tries codecs, for progress. */
export const ASSIGN_SHARE = 0.9;

export interface CompressOptions {
  seed: number;
  /** Data for calibrated codecs; null for none. */
  calibration: CalibrationPlan | null;
  /** Calibration data that is at hand, of a diffusion model, instead of `calibration`. */
  batches?: CalibrationBatches;
  /** Tokens per calibration window. */
  context: number;
  /** Bytes that an assigner may take for the float32 model and its statistics; by default what the lab has. */
  memory?: number;
  signal?: AbortSignal;
  onProgress?: (fraction: number, step: string) => void;
}

/**
 * Compresses a model outside a plan, to the file that a plan with the same codec, calibration and seed measures.
 * Tensors are read, encoded and stored one by one, so that the model may be larger than memory if the sink is a file;
 * calibrated codecs keep one block of the model on the GPU at a time. Assigners that need calibration try every tensor first, in the
 * whole float32 model if it fits the memory, and otherwise part by part.
 * @throws LabError naming the tensor, or bad-plan for calibration data that cannot be used; what the sink throws;
 * Cancelled
 */
export async function compressModel<File>(
  lab: Lab,
  model: Model,
  recipe: Recipe,
  options: CompressOptions,
  sink: ArtefactSink<File>,
): Promise<Compressed<File>> {
  const { seed, signal, onProgress } = options;
  const chosen = codecMeta(recipe.spec.id).assigns ? ASSIGN_SHARE : 0;
  const context: CompressContext = {
    ...{ processor: lab.processor, seed, signal },
    onAssign: (fraction, step) => onProgress?.(fraction * ASSIGN_SHARE, `choosing codecs, ${step}`),
    onProgress: (fraction, tensor) => onProgress?.(chosen + (1 - chosen) * fraction, tensor),
  };
  const work = (calibration?: CalibrationSource) => compress(model, recipe, calibration, sink, context);
  if (!needsCalibration(recipe.spec)) return work();
  if (codecMeta(recipe.spec.id).assigns) return withTrials(lab, model, recipe, options, work);
  return withBlocks(lab, model, recipe, options, work);
}

type Work<T> = (calibration?: CalibrationSource) => Promise<T>;

/** Calls `work` with calibration block by block. Without data it is called with none, and refuses a codec that needs it. */
async function withBlocks<T>(
  lab: Lab,
  model: Model,
  recipe: Recipe,
  options: CompressOptions,
  work: Work<T>,
): Promise<T> {
  const { signal } = options;
  const batches = options.batches ?? (await drawnBatches(lab, model, options));
  if (!batches) return work();
  const opened = await openBlockCalibration(
    lab.processor,
    calibrationDevice(lab),
    model,
    recipe,
    batches,
    signal,
  );
  try {
    return await work(opened);
  } finally {
    opened.float.dispose();
    opened.inputs.release();
  }
}

async function drawnBatches(
  lab: Lab,
  model: Model,
  { calibration, context, seed, signal }: CompressOptions,
): Promise<CalibrationBatches | undefined> {
  const data = await openCalibrationData({ lab, model, calibration, context, seed, signal });
  return data?.draw(seed % 2 ** 32);
}

/** Calls `work` with what assigners score trials by. */
async function withTrials<T>(
  lab: Lab,
  model: Model,
  { scope }: Recipe,
  { calibration, context, seed, memory, signal }: CompressOptions,
  work: Work<T>,
): Promise<T> {
  const memoryBytes = memory ?? lab.memoryBytes;
  const inParts = searchBytes(lab, model.shape) > (memoryBytes ?? Infinity);
  const baseline = await openFloat(lab, model, { inParts, limited: memory !== undefined, signal });
  const input = { lab, model, calibration, context, seed, scope, memoryBytes, signal };
  const calibrator = new Calibrator(input, baseline);
  try {
    return await work(await calibrator.draw(calibrator.seeds[0], signal));
  } finally {
    calibrator.dispose();
    if (!isStreamed(baseline)) baseline.dispose();
  }
}

/** Returns the bytes of a float32 model with its statistics, and of the copies of its weights that the CPU runs. */
function searchBytes({ cpu }: Lab, shape: ModelShape): number {
  return 4 * shape.parameters * (cpu ? 3 : 1) + gramBytes(shape);
}
