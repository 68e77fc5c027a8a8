import { LabError, throwIfAborted } from '../base/errors';
import type { Calibration } from '../calibrate/calibration';
import { encodeTensor } from '../codecs/contract/coding';
import { formatCodec } from '../codecs/contract/spec';
import { needsCalibration } from '../codecs/contract/registry';
import type { Gpu } from '../gpu/gpu';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { isCalibrated, sourceTensor, type Assignment } from './assignment';
import { encodeCalibrated } from './encodeCalibrated';
import type { EncodedModel, EncodeOptions, OnEncoded } from './encoded';

/**
 * Encodes every coded tensor: in the order of the model, or block by block behind the calibration data. One tensor, or the
 * few that are coded together, is in memory at a time.
 * @throws LabError naming the tensor; bad-plan when a codec needs calibration and there is none; Cancelled
 */
export async function encodeModel(
  gpu: Gpu,
  model: Model,
  assignment: Assignment,
  options: EncodeOptions,
  keep: OnEncoded,
): Promise<EncodedModel> {
  const encoded: EncodedModel = {
    sizes: new Map(),
    replaced: new Map(),
    columnScales: new Map(),
    encodeMs: 0,
    calibrateMs: 0,
  };
  const progress = progressOf(model, assignment, options);
  const done: OnEncoded = async (tensor, parts) => {
    await keep(tensor, parts);
    encoded.sizes.set(tensor.name, new Map([...parts].map(([suffix, { length }]) => [suffix, length])));
    progress(tensor);
  };
  if (!isCalibrated(assignment)) await encodePlain(gpu, model, assignment, options, encoded, done);
  else {
    const calibration = required(options.calibration, assignment);
    await encodeCalibrated(gpu, model, assignment, { ...options, calibration }, encoded, done);
  }
  return encoded;
}

async function encodePlain(
  gpu: Gpu,
  model: Model,
  assignment: Assignment,
  { seed, signal }: EncodeOptions,
  encoded: EncodedModel,
  done: OnEncoded,
): Promise<void> {
  for (const tensor of model.shape.tensors) {
    const assigned = assignment.get(tensor.name);
    if (!assigned) continue;
    throwIfAborted(signal);
    const source = await sourceTensor(model, tensor, assigned);
    const started = performance.now();
    const { codec, spec } = assigned;
    const parts = await encodeTensor(codec, source, spec.options, { gpu, seed, signal });
    encoded.encodeMs += performance.now() - started;
    await done(tensor, parts);
  }
}

function progressOf(
  model: Model,
  assignment: Assignment,
  { onProgress }: EncodeOptions,
): (tensor: TensorSpec) => void {
  const weights = ({ matrix: [rows, columns] }: TensorSpec) => rows * columns;
  const total = model.shape.tensors.reduce((sum, t) => sum + (assignment.has(t.name) ? weights(t) : 0), 0);
  let done = 0;
  return (tensor) => {
    done += weights(tensor);
    onProgress?.(done / total, tensor.name);
  };
}

function required(calibration: Calibration | undefined, assignment: Assignment): Calibration {
  if (calibration) return calibration;
  const spec = [...assignment.values()].map((a) => a.spec).find(needsCalibration)!;
  throw new LabError(
    'bad-plan',
    `${formatCodec(spec)} needs calibration data, and there is none.`,
    'Name a calibration set (calibration=tinystories-calibration).',
  );
}
