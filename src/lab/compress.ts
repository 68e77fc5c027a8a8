import type { Recipe } from '../artefact/recipe';
import { writeArtefact, type WrittenArtefact } from '../artefact/write';
import { needsCalibration } from '../codecs/registry';
import type { Model } from '../models/model';
import { denseWeights } from '../runtime/weights';
import { Calibrator } from './calibrator';
import type { Lab } from './lab';
import type { CalibrationPlan } from './plan';

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
  const { seed, signal, onProgress } = options;
  if (!needsCalibration(recipe.spec))
    return writeArtefact(lab.gpu, model, recipe, { seed, signal, onProgress });
  const { calibration, context } = options;
  const baseline = await denseWeights(lab.gpu, model, signal);
  const calibrator = new Calibrator({ lab, model, calibration, context, seed, signal }, baseline);
  try {
    return await writeArtefact(lab.gpu, model, recipe, {
      seed,
      signal,
      onProgress,
      calibration: await calibrator.draw(calibrator.seeds[0], signal),
      lossRise: (tensor, restored) => calibrator.lossRise(tensor, restored, signal),
    });
  } finally {
    calibrator.dispose();
    baseline.dispose();
  }
}
