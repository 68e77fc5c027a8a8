import { openBlockCalibration } from '../../artefact/blockCalibration';
import type { CalibrationSource } from '../../artefact/chooseCodecs';
import { compress, type Compressed } from '../../artefact/compress';
import type { Recipe } from '../../artefact/recipe';
import type { ArtefactSink } from '../../artefact/sink';
import { codecMeta, needsCalibration } from '../../codecs/contract/registry';
import type { Model } from '../../models/model';
import { Calibrator } from '../calibration/calibrator';
import { openCalibrationData } from '../calibration/data';
import { calibrationDevice } from '../devices';
import type { Lab } from '../lab';
import type { CalibrationPlan } from '../plan/plan';

export interface CompressOptions {
  seed: number;
  /** Data for calibrated codecs; null for none. */
  calibration: CalibrationPlan | null;
  /** Tokens per calibration window. */
  context: number;
  signal?: AbortSignal;
  onProgress?: (fraction: number, step: string) => void;
}

/**
 * Compresses a model outside a plan, to the file that a plan with the same codec, calibration and seed measures.
 * Tensors are read, encoded and stored one by one, so that the model may be larger than memory if the sink is a file;
 * calibrated codecs keep one block of the model on the GPU at a time. Assigners try every tensor first and, if they
 * need calibration, keep the float32 model and its statistics on the GPU.
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
  const context = { processor: lab.processor, seed, signal, onProgress };
  const work = (calibration?: CalibrationSource) => compress(model, recipe, calibration, sink, context);
  if (!needsCalibration(recipe.spec)) return work();
  if (codecMeta(recipe.spec.id).assigns) return withWholeModel(lab, model, options, work);
  return withBlocks(lab, model, recipe, options, work);
}

type Work<T> = (calibration?: CalibrationSource) => Promise<T>;

/** Calls `work` with calibration block by block. Without data it is called with none, and refuses a codec that needs it. */
async function withBlocks<T>(
  lab: Lab,
  model: Model,
  recipe: Recipe,
  { calibration, context, seed, signal }: CompressOptions,
  work: Work<T>,
): Promise<T> {
  const data = await openCalibrationData({ lab, model, calibration, context, seed, signal });
  if (!data) return work();
  const batches = await data.draw(seed % 2 ** 32);
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
  }
}

/** Calls `work` with the statistics of the whole float32 model, which assigners score trials by. */
async function withWholeModel<T>(
  lab: Lab,
  model: Model,
  { calibration, context, seed, signal }: CompressOptions,
  work: Work<T>,
): Promise<T> {
  const baseline = await lab.processor.load(model, signal);
  const calibrator = new Calibrator({ lab, model, calibration, context, seed, signal }, baseline);
  try {
    return await work(await calibrator.draw(calibrator.seeds[0], signal));
  } finally {
    calibrator.dispose();
    baseline.dispose();
  }
}
