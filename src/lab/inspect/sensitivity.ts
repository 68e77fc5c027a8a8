import type { CalibrationSource } from '../../artefact/chooseCodecs';
import { LabError, throwIfAborted } from '../../base/errors';
import type { InputStatistics } from '../../calibrate/inputs';
import type { TensorSpec } from '../../models/architecture';
import { Calibrator } from '../calibration/calibrator';
import type { WeightPlace } from '../generate/decoder';
import type { Lab } from '../lab';
import { DEFAULT_CONTEXT } from '../plan/presets';
import { comparableValues, openInspected, type InspectedModel } from './inspect';

/** The weight whose removal changes the predictions most. */
export interface SuperWeight extends WeightPlace {
  value: number;
  /** Mean KL divergence from the float32 model without it, in nats per token or image. */
  divergence: number;
}

/** How much the predictions depend on each tensor. */
export interface Sensitivity {
  /** The mean KL divergence from the float32 model when this tensor alone is the restored one, in nats per token or image. */
  tensors: { name: string; divergence: number }[];
  superWeight: SuperWeight;
  /** Number of weights that were removed, each alone. */
  candidates: number;
  /** Windows or images of the calibration set that were measured on. */
  samples: number;
}

/** Windows or images that a measurement takes: few, since there are two of them for every tensor. */
const SAMPLES = 4;

/**
 * Measures on calibration data what each compressed tensor alone costs, and looks for the super weight (Yu et al. 2024, The Super Weight
 * in Large Language Models, https://arxiv.org/abs/2411.07191): of each matrix the weight with the largest |w| · max |x| is removed alone,
 * where x is the input that it multiplies.
 * @throws LabError bad-plan for a plan without calibration data; as `inspectModel`; Cancelled
 */
export async function measureSensitivity(
  lab: Lab,
  request: InspectedModel,
  onProgress: (progress: { fraction: number; step: string }) => void,
  signal?: AbortSignal,
): Promise<Sensitivity> {
  const { calibration = null, context = DEFAULT_CONTEXT, seed } = request;
  if (!calibration)
    throw new LabError(
      'bad-plan',
      'The sensitivity of tensors is measured on calibration data, and the plan has none.',
      'Choose a calibration set under Custom.',
    );
  const file = await openInspected(lab, request, signal);
  const { model, artefact } = file;
  const samples = Math.min(calibration.windows, SAMPLES);
  const baseline = await lab.processor.load(model, signal);
  const data = { ...calibration, windows: samples, draws: 1 };
  const calibrator = new Calibrator({ lab, model, calibration: data, context, seed, signal }, baseline);
  try {
    const source = await calibrator.draw(calibrator.seeds[0], signal);
    const coded = model.shape.tensors.filter((tensor) => artefact.codecOf(tensor));
    const tensors: Sensitivity['tensors'] = [];
    const removed: SuperWeight[] = [];
    for (const [i, tensor] of coded.entries()) {
      throwIfAborted(signal);
      onProgress({ fraction: i / coded.length, step: tensor.name });
      const restored = await comparableValues(lab, file, tensor, signal);
      tensors.push({
        name: tensor.name,
        divergence: await divergenceWith(lab, source, tensor, restored, signal),
      });
      const inputs = source.float.byWeight.get(tensor.name);
      if (inputs)
        removed.push(await withoutLargest(lab, source, tensor, await model.tensor(tensor), inputs, signal));
    }
    const superWeight = removed.reduce((a, b) => (b.divergence > a.divergence ? b : a));
    return { tensors, superWeight, candidates: removed.length, samples };
  } finally {
    calibrator.dispose();
    baseline.dispose();
  }
}

/** Measures the mean KL divergence from the float32 model when one tensor is replaced. */
async function divergenceWith(
  { processor }: Lab,
  { lossRise }: CalibrationSource,
  tensor: TensorSpec,
  values: Float32Array,
  signal?: AbortSignal,
): Promise<number> {
  const matrix = processor.matrix(values, ...tensor.matrix, tensor.name);
  try {
    return await lossRise!(tensor, matrix, signal);
  } finally {
    processor.release(matrix);
  }
}

/** Removes the weight of a matrix that may add most to an output, and measures what that costs. */
async function withoutLargest(
  lab: Lab,
  source: CalibrationSource,
  tensor: TensorSpec,
  values: Float32Array,
  { columns, maxAbs }: InputStatistics,
  signal?: AbortSignal,
): Promise<SuperWeight> {
  const at = largestProduct(values, maxAbs);
  const changed = values.slice();
  changed[at] = 0;
  return {
    ...{ tensor: tensor.name, row: Math.floor(at / columns), column: at % columns, value: values[at] },
    divergence: await divergenceWith(lab, source, tensor, changed, signal),
  };
}

/** Returns the index of the weight with the largest |w| · max |x| of its column. @param values [rows, columns] */
export function largestProduct(values: Float32Array, maxInputs: Float32Array): number {
  let [best, largest] = [0, -1];
  for (let i = 0; i < values.length; i++) {
    const product = Math.abs(values[i]) * maxInputs[i % maxInputs.length];
    if (product > largest) [best, largest] = [i, product];
  }
  return best;
}
