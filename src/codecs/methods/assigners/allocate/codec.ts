import { LabError, throwIfAborted } from '../../../../base/errors';
import { minimiseDistortion, type RateDistortionPoint } from '../../../kit/rateAllocation/choose';
import { PROBE } from '../../../kit/rateAllocation/probe';
import type { CodecSpec } from '../../../contract/meta';
import {
  defineAssigner,
  type AssignRequest,
  type AssignTensor,
  type Trial,
} from '../../../contract/assigner';
import { candidates, type AllocateOptions } from './candidates';
import { gridPoints, trialSpec, TRIED_STEPS } from './grid';
import meta from './meta';

/** The share of a tensor's progress that measuring its sensitivity takes. */
const MEASURED_SHARE = 0.4;

/**
 * Chooses a codec for every tensor: minimises the sum of predicted rises of the loss within the byte budget by a Lagrange
 * multiplier over measured rate–distortion points (Shoham and Gersho 1988).
 * @throws LabError when even the smallest candidates exceed the target; Cancelled
 */
async function assign(
  request: AssignRequest,
  options: AllocateOptions,
): Promise<ReadonlyMap<string, CodecSpec>> {
  const { tensors } = request;
  if (options.family === 'gguf' && options.entropy) throw noEntropyCoding();
  const points: RateDistortionPoint<CodecSpec>[][] = [];
  for (const [i, tensor] of tensors.entries()) {
    const report = (share: number, step: string) => request.onProgress?.((i + share) / tensors.length, step);
    report(0, `${options.family === 'grid' ? 'trials of' : 'loss without'} ${tensor.name}`);
    const found =
      options.family === 'grid'
        ? await gridPoints(request, tensor, options, (trial) => errorOf(trial, options.sensitivity))
        : await measuredPoints(request, tensor, options, report);
    points.push(found);
  }
  const budget = (options.bits * request.parameters) / 8 - request.otherBytes;
  const chosen = minimiseDistortion(points, budget);
  if (!chosen) throw tooSmall(request, points, options.bits);
  return new Map(tensors.map(({ name }, i) => [name, points[i][chosen[i]].choice]));
}

async function measuredPoints(
  request: AssignRequest,
  tensor: AssignTensor,
  options: AllocateOptions,
  report: (share: number, step: string) => void,
): Promise<RateDistortionPoint<CodecSpec>[]> {
  const sensitivity = await sensitivityOf(request, tensor, options);
  report(MEASURED_SHARE, `trials of ${tensor.name}`);
  return trialPoints(request, tensor, sensitivity, options);
}

/** Measures the rise of the loss per unit of error. */
async function sensitivityOf(
  request: AssignRequest,
  { name }: AssignTensor,
  { sensitivity }: AllocateOptions,
): Promise<number> {
  throwIfAborted(request.signal);
  if (sensitivity === 'weight') return 1;
  const error = errorOf(await request.trial(name, PROBE), sensitivity);
  return error > 0 ? (await request.lossRise(name, PROBE)) / error : 0;
}

async function trialPoints(
  request: AssignRequest,
  tensor: AssignTensor,
  sensitivity: number,
  options: AllocateOptions,
): Promise<RateDistortionPoint<CodecSpec>[]> {
  const points: RateDistortionPoint<CodecSpec>[] = [];
  for (const choice of candidates(options, tensor)) {
    throwIfAborted(request.signal);
    const trial = await request.trial(tensor.name, choice);
    points.push({
      choice,
      bytes: trial.bytes,
      distortion: sensitivity * errorOf(trial, options.sensitivity),
    });
  }
  return points;
}

/** Returns the error of the layer's output if calibration has its inputs, else that of the weights. */
function errorOf({ outputError, squaredError }: Trial, sensitivity: AllocateOptions['sensitivity']): number {
  return sensitivity === 'weight' ? squaredError : (outputError ?? squaredError);
}

function noEntropyCoding(): LabError {
  return new LabError(
    'bad-plan',
    'allocate(family=gguf) has entropy=true, but a GGUF file stores no entropy-coded blocks.',
    'Leave out entropy=true, or choose another family.',
  );
}

function tooSmall(
  { parameters, otherBytes }: AssignRequest,
  points: readonly (readonly RateDistortionPoint<CodecSpec>[])[],
  bits: number,
): LabError {
  const minBytes = points.reduce(
    (sum, list) => sum + Math.min(...list.map(({ bytes }) => bytes)),
    otherBytes,
  );
  const possible = Math.ceil((800 * minBytes) / parameters) / 100;
  return new LabError(
    'bad-plan',
    `No choice of candidates fits into ${bits} bits per weight: the smallest takes ${possible}.`,
    `Ask for at least bits=${possible}, code more of the model (scope=all), or choose other candidates.`,
  );
}

export default defineAssigner(meta, {
  assign,
  trials: (options) => ({
    codecs: options.family === 'grid' ? TRIED_STEPS.map((step) => trialSpec(step)) : candidates(options),
    lossRises: options.sensitivity === 'loss' ? 1 : 0,
  }),
});
