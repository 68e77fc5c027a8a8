import { openBlockCalibration } from '../../artefact/blockCalibration';
import { LabError } from '../../base/errors';
import type { InputStatistics } from '../../calibrate/inputs';
import { readDiagonal } from '../../codecs/kit/diagonal';
import { ggufLayout, ggufName } from '../../models/gguf/layout';
import type { Model } from '../../models/model';
import { gpuMatrix } from '../../runtime/linear/matrix';
import { calibrationDevice } from '../devices';
import type { Lab } from '../lab';
import type { CalibrationPlan } from '../plan/plan';
import { openCalibrationData } from './data';

/** The text of an importance matrix. */
interface ImatrixOptions {
  calibration: CalibrationPlan;
  /** Tokens per window. */
  context: number;
  /** Seed of the choice of windows. */
  seed: number;
  signal?: AbortSignal;
  onProgress?: (fraction: number, tensor: string) => void;
}

/** An importance matrix with everything that its file states. */
interface MadeImatrix {
  /** The mean square of each column, and the number of windows, by the name of the matrix in a GGUF file. */
  entries: Map<string, { meanSquares: Float32Array; calls: number }>;
  /** The number of windows, and their tokens. */
  chunks: number;
  chunkSize: number;
  dataset: string;
}

/**
 * Makes an importance matrix: the mean square of each input of the linear layers of the float32 model on calibration windows, as
 * llama-imatrix does, but for the head, which is left out there, too. One block of the model is in memory at a time.
 * @throws LabError unsupported for an architecture that llama.cpp does not have; bad-plan for data that cannot be used; Cancelled
 */
export async function makeImatrix(lab: Lab, model: Model, options: ImatrixOptions): Promise<MadeImatrix> {
  const { calibration, context, seed, signal, onProgress } = options;
  const { shape } = model;
  const layout = ggufLayout(shape.architecture);
  const data = await openCalibrationData({ lab, model, calibration, context, seed, signal });
  if (!data) throw noData();
  const batches = await data.draw(seed % 2 ** 32);
  const device = calibrationDevice(lab);
  const opened = await openBlockCalibration(
    lab.processor,
    device,
    model,
    { scope: 'linear' },
    batches,
    signal,
  );
  const { windows: chunks } = calibration;
  const entries: MadeImatrix['entries'] = new Map();
  const tensors = shape.tensors.filter(({ block, shape: sizes }) => block !== undefined && sizes.length > 1);
  // Layers are asked for block by block, because the model is run again for an earlier one.
  tensors.sort((a, b) => a.block! - b.block!);
  try {
    for (const [i, tensor] of tensors.entries()) {
      const inputs = await opened.inputs.of(tensor, signal);
      if (!inputs) continue;
      const meanSquares = await meanSquaresOf(inputs, lab, signal);
      entries.set(ggufName(layout, tensor), { meanSquares, calls: chunks });
      onProgress?.((i + 1) / tensors.length, tensor.name);
    }
  } finally {
    opened.float.dispose();
    opened.inputs.release();
  }
  return { entries, chunks, chunkSize: context, dataset: data.dataset };
}

/** Returns the mean square of each column, which is the diagonal of the Gram matrix. */
async function meanSquaresOf(
  { gram, columns }: InputStatistics,
  { gpu }: Lab,
  signal?: AbortSignal,
): Promise<Float32Array> {
  if ('values' in gram)
    return Float32Array.from({ length: columns }, (_, i) => gram.values[i * (columns + 1)]);
  return readDiagonal(gpuMatrix(gram), { gpu: gpu!, seed: 0, signal });
}

function noData(): LabError {
  return new LabError(
    'bad-plan',
    'An importance matrix needs calibration data, and there is none.',
    'Name a calibration set (--calibration tinystories-calibration).',
  );
}
