import { openBlockCalibration } from '../../artefact/blockCalibration';
import type { Recipe } from '../../artefact/recipe';
import { memorySink, type ArtefactSink } from '../../artefact/sink';
import {
  writeArtefactTo,
  type SunkArtefact,
  type WriteOptions,
  type WrittenArtefact,
} from '../../artefact/write';
import type { Calibration } from '../../calibrate/calibration';
import { codecMeta, needsCalibration } from '../../codecs/contract/registry';
import type { Model } from '../../models/model';
import { denseWeights } from '../../runtime/forward/weights';
import { openCalibrationData } from '../calibration/data';
import { Calibrator } from '../calibration/calibrator';
import type { Lab } from '../lab';
import type { CalibrationPlan } from '../plan/plan';

export interface CompressOptions {
  seed: number;
  /** For codecs that learn from data. */
  calibration: CalibrationPlan | null;
  /** Tokens per calibration window. */
  context: number;
  signal?: AbortSignal;
  onProgress?: (fraction: number, step: string) => void;
}

/**
 * Compresses a model outside a plan: the file that a plan with the same codec, calibration and seed measures.
 * @throws LabError naming the tensor, or bad-plan for calibration data that cannot be used; Cancelled
 */
export async function compressModel(
  lab: Lab,
  model: Model,
  recipe: Recipe,
  options: CompressOptions,
): Promise<WrittenArtefact> {
  const { file, ...facts } = await compressTo(memorySink(), lab, model, recipe, options);
  return { bytes: file, ...facts };
}

/**
 * The same file through a sink, for models larger than memory: tensors are read, encoded and put away one by one, and calibrated
 * codecs have one block of the model on the GPU at a time. Codecs that choose among codecs try every tensor first and keep the
 * float32 model and its statistics on the GPU, if they learn from data.
 * @throws LabError as compressModel, and what the sink throws; Cancelled
 */
export async function compressTo<File>(
  sink: ArtefactSink<File>,
  lab: Lab,
  model: Model,
  recipe: Recipe,
  options: CompressOptions,
): Promise<SunkArtefact<File>> {
  const { seed, signal, onProgress } = options;
  const write = (learning?: Pick<WriteOptions, 'calibration' | 'lossRise'>) =>
    writeArtefactTo(sink, lab.gpu, model, recipe, { seed, signal, onProgress, ...learning });
  if (!needsCalibration(recipe.spec)) return write();
  if (codecMeta(recipe.spec.id).assigns) return withWholeModel(lab, model, options, write);
  const calibration = await blockCalibration(lab, model, recipe, options);
  try {
    return await write({ calibration });
  } finally {
    calibration?.float.dispose();
  }
}

/** @returns undefined without calibration data: whoever needs it says so */
async function blockCalibration(
  lab: Lab,
  model: Model,
  recipe: Recipe,
  { calibration, context, seed, signal }: CompressOptions,
): Promise<Calibration | undefined> {
  const data = await openCalibrationData({ lab, model, calibration, context, seed, signal });
  return data && openBlockCalibration(lab.gpu, model, recipe, await data.draw(seed % 2 ** 32), signal);
}

async function withWholeModel<T>(
  lab: Lab,
  model: Model,
  { calibration, context, seed, signal }: CompressOptions,
  write: (learning: Pick<WriteOptions, 'calibration' | 'lossRise'>) => Promise<T>,
): Promise<T> {
  const baseline = await denseWeights(lab.gpu, model, signal);
  const calibrator = new Calibrator({ lab, model, calibration, context, seed, signal }, baseline);
  try {
    return await write({
      calibration: await calibrator.draw(calibrator.seeds[0], signal),
      lossRise: (tensor, restored) => calibrator.lossRise(tensor, restored, signal),
    });
  } finally {
    calibrator.dispose();
    baseline.dispose();
  }
}
