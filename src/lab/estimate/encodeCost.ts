import { codedShape } from '../../artefact/assignment';
import { isInScope, type Scope } from '../../artefact/recipe';
import type { Codec, EncodeWork } from '../../codecs/contract/codec';
import type { Trials } from '../../codecs/contract/assigner';
import type { CodecSpec } from '../../codecs/contract/meta';
import { codecMeta, loadAssigner, needsCalibration, resolveCodec } from '../../codecs/contract/registry';
import { addWork, workOf } from '../../codecs/contract/work';
import type { ModelShape, TensorSpec } from '../../models/architecture';
import { forwardFlops, gramFlops, headFlops } from '../../models/flops';
import { linearInputs } from '../../models/linearInputs';
import { FILE_IMAGES, FILE_WINDOWS, SCORED_IMAGES, SCORED_WINDOWS } from '../calibration/sizes';
import { flopsMs, workMs, type DeviceSpeed } from './deviceSpeed';

/** Milliseconds of uploading, restoring and comparing one tensor on an adapter, and one tensor on trial. */
const MS_PER_TENSOR = 8;
const MS_PER_TRIAL = 3;
/**
 * Without an adapter: milliseconds for each tensor, and operations for each weight at the speed of encoding, of packing, restoring and
 * comparing it, and of its checksum.
 */
const MS_PER_TENSOR_BY_REFERENCES = 1.5;
const OPERATIONS_PER_WEIGHT_BY_REFERENCES = 340;

/** The work of encoding a whole model by one codec. `host` counts what tensors share once. */
export type ModelWork = Required<Omit<EncodeWork, 'sharedHost'>>;

/** Floating-point operations of carrying calibration data through a model. */
export interface CalibrationWork {
  /** Through the float32 model, once: a forward pass with the Gram matrices of all inputs. */
  float: number;
  /** Through the compressed layers, for each codec: every block once to collect and once to advance. */
  walk: number;
}

/** Counts the operations of calibration. @param windows of `length` tokens, or images */
export function calibrationWork(shape: ModelShape, windows: number, length: number): CalibrationWork {
  const forward = forwardFlops(shape, windows, length);
  const gram = gramFlops(shape, windows, length);
  return { float: forward + gram, walk: 2 * forward + gram };
}

/** Counts the work of encoding all tensors a scope covers with one codec. */
export function encodeWork(shape: ModelShape, scope: Scope, codec: Codec, { options }: CodecSpec): ModelWork {
  const inputs = linearInputs(shape.program);
  const seen = new Set<number>();
  const works = codedTensors(shape, scope).map((tensor) => {
    const work = workOf(codec, codedShape(codec, tensor), options);
    const input = inputs.findIndex(({ weights }) => weights.includes(tensor.name));
    // A table that no calibrated layer reads has no Hessian to factor.
    const shared = input < 0 || seen.has(input) ? 0 : (work.sharedHost ?? 0);
    seen.add(input);
    return { ...work, host: (work.host ?? 0) + shared };
  });
  const { gpu, dispatches, waits, host } = addWork(...works);
  return { gpu, dispatches, waits, host };
}

/** What the time of compressing depends on. */
export interface CostContext {
  shape: ModelShape;
  scope: Scope;
  deviceSpeed: DeviceSpeed;
  /** Tokens of a window. */
  length: number;
  /** Windows (or images) of calibration; 0 without. */
  calibrationWindows: number;
}

/** Estimates the milliseconds of compressing a model by a codec or an assigner, and of restoring it. */
export async function compressMs(context: CostContext, spec: CodecSpec): Promise<number> {
  const { assigns } = codecMeta(spec.id);
  if (!assigns) return plainMs(context, spec);
  const trials = (await loadAssigner(spec.id)).trials?.(spec.options) ?? { codecs: [], lossRises: 0 };
  return assignedMs(context, trials);
}

async function plainMs(context: CostContext, spec: CodecSpec): Promise<number> {
  const { shape, scope, deviceSpeed, length, calibrationWindows } = context;
  const codec = await resolveCodec(spec);
  const encode = workMs(encodeWork(shape, scope, codec, spec), deviceSpeed);
  const { walk } = calibrationWork(shape, calibrationWindows, length);
  const calibrate = needsCalibration(spec) ? flopsMs(walk, deviceSpeed.calibrateFlopsPerSecond) : 0;
  return encode + calibrate + restoringMs(context);
}

/** Adds every trial on every tensor, and their average once more for the file. */
async function assignedMs(context: CostContext, { codecs, lossRises, files = 0 }: Trials): Promise<number> {
  const { shape, scope, deviceSpeed } = context;
  const tensors = codedTensors(shape, scope).length;
  let trials = 0;
  for (const spec of codecs)
    trials +=
      workMs(encodeWork(shape, scope, await resolveCodec(spec), spec), deviceSpeed) + MS_PER_TRIAL * tensors;
  const calibrated = codecs.some(needsCalibration);
  const { walk } = calibrationWork(shape, context.calibrationWindows, context.length);
  const file =
    trials / Math.max(1, codecs.length) +
    (calibrated ? flopsMs(walk, deviceSpeed.calibrateFlopsPerSecond) : 0);
  const whole = file + restoringMs(context);
  return trials + whole + lossRises * tensors * lossRiseMs(context) + files * (whole + fileLossMs(context));
}

/** Milliseconds of what all tensors need beside encoding. */
function restoringMs({ shape, scope, deviceSpeed }: CostContext): number {
  const tensors = codedTensors(shape, scope);
  if (!deviceSpeed.encodesByReferences) return MS_PER_TENSOR * tensors.length;
  const weights = tensors.reduce((sum, { matrix: [rows, columns] }) => sum + rows * columns, 0);
  const operations = OPERATIONS_PER_WEIGHT_BY_REFERENCES * weights;
  return MS_PER_TENSOR_BY_REFERENCES * tensors.length + flopsMs(operations, deviceSpeed.encodeFlopsPerSecond);
}

/** Milliseconds of measuring the loss of a whole file. */
function fileLossMs({ shape, deviceSpeed, length }: CostContext): number {
  const windows = shape.image ? FILE_IMAGES : FILE_WINDOWS;
  const flops =
    forwardFlops(shape, windows, length) + headFlops(shape, shape.image ? windows : windows * length);
  return flopsMs(flops, deviceSpeed.flopsPerSecond);
}

/** Milliseconds of measuring the loss once, with its divergence from the baseline. */
function lossRiseMs({ shape, deviceSpeed, length, calibrationWindows }: CostContext): number {
  const windows = Math.min(shape.image ? SCORED_IMAGES : SCORED_WINDOWS, calibrationWindows);
  const rows = shape.image ? windows : windows * length;
  return flopsMs(
    forwardFlops(shape, windows, length) + 2 * headFlops(shape, rows),
    deviceSpeed.flopsPerSecond,
  );
}

/** Counts the operations of the output errors of all layers. */
export function outputErrorFlops(shape: ModelShape, scope: Scope): number {
  return codedTensors(shape, scope).reduce((sum, { matrix: [out, width] }) => sum + 2 * out * width ** 2, 0);
}

function codedTensors(shape: ModelShape, scope: Scope): TensorSpec[] {
  return shape.tensors.filter((tensor) => isInScope(tensor, scope));
}
