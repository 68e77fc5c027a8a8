import { LabError, throwIfAborted } from '../../../../base/errors';
import { significant } from '../../../../base/format';
import {
  distortionPath,
  minimiseDistortion,
  type RateDistortionPoint,
} from '../../../kit/rateAllocation/choose';
import { PROBE } from '../../../kit/rateAllocation/probe';
import type { CodecSpec } from '../../../contract/meta';
import {
  defineAssigner,
  fileLossText,
  type AssignRequest,
  type AssignTensor,
  type Trial,
} from '../../../contract/assigner';
import { candidates, type AllocateOptions } from './candidates';
import { gridPoints, trialSpec, TRIED_STEPS } from './grid';
import { MAX_FILES, searchWithin, smallestWithin, type TriedFile } from './limit';
import meta from './meta';

/** The share of the work that measuring whole files takes, if there is a limit on the loss. */
const FILES_SHARE = 0.3;
/** The share of a tensor's progress that measuring its sensitivity takes. */
const MEASURED_SHARE = 0.4;

type Points = readonly (readonly RateDistortionPoint<CodecSpec>[])[];
type Choice = ReadonlyMap<string, CodecSpec>;

/**
 * Chooses a codec for every tensor: minimises the sum of predicted rises of the loss within the byte budget by a Lagrange
 * multiplier over measured rate–distortion points (Shoham and Gersho 1988). With a limit on the loss the budget is the smallest whose
 * file keeps that limit, measured from the bytes of the file.
 * @throws LabError when the candidates cannot keep the limits; Cancelled
 */
async function assign(request: AssignRequest, options: AllocateOptions): Promise<Choice> {
  if (options.family === 'gguf' && options.entropy) throw noEntropyCoding();
  const share = options.increase > 0 ? 1 - FILES_SHARE : 1;
  const points = await measurePoints(request, options, (done, step) =>
    request.onProgress?.(share * done, step),
  );
  const budget = (options.bits * request.parameters) / 8 - request.otherBytes;
  const chosen = minimiseDistortion(points, budget);
  if (!chosen) throw tooSmall(request, points, options.bits);
  return options.increase > 0
    ? withinLimit(request, points, budget, options)
    : choiceOf(request, points, chosen);
}

function choiceOf({ tensors }: AssignRequest, points: Points, chosen: readonly number[]): Choice {
  return new Map(tensors.map(({ name }, i) => [name, points[i][chosen[i]].choice]));
}

/** Returns the choice of the smallest file that keeps a limit on the loss. @throws LabError if none does within the budget */
async function withinLimit(
  request: AssignRequest,
  points: Points,
  budget: number,
  { bits, increase }: AllocateOptions,
): Promise<Choice> {
  const path = distortionPath(points).filter(({ bytes }) => bytes <= budget);
  let files = 0;
  const tried = await searchWithin(path, increase, (index) => {
    request.onProgress?.(
      1 - FILES_SHARE * (1 - files / MAX_FILES),
      `measuring file ${++files} within +${increase}`,
    );
    return request.file(choiceOf(request, points, path[index].chosen));
  });
  const found = smallestWithin(tried, increase);
  if (!found) throw exceedsLimit(request, tried, bits, increase);
  return choiceOf(request, points, path[found.index].chosen);
}

/** Measures bytes and predicted losses of every candidate of every tensor. */
async function measurePoints(
  request: AssignRequest,
  options: AllocateOptions,
  onProgress: (done: number, step: string) => void,
): Promise<Points> {
  const { tensors } = request;
  const points: RateDistortionPoint<CodecSpec>[][] = [];
  for (const [i, tensor] of tensors.entries()) {
    const report = (share: number, step: string) => onProgress((i + share) / tensors.length, step);
    report(0, `${options.family === 'grid' ? 'trials of' : 'loss without'} ${tensor.name}`);
    const found =
      options.family === 'grid'
        ? await gridPoints(request, tensor, options, (trial) => errorOf(trial, options.sensitivity))
        : await measuredPoints(request, tensor, options, report);
    points.push(found);
  }
  return points;
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

function tooSmall({ parameters, otherBytes }: AssignRequest, points: Points, bits: number): LabError {
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

function exceedsLimit(
  { parameters }: AssignRequest,
  tried: readonly TriedFile[],
  bits: number,
  increase: number,
): LabError {
  const { trial } = tried.reduce((a, b) => (b.trial.lossCi95[1] < a.trial.lossCi95[1] ? b : a));
  const size = `${significant((8 * trial.bytes) / parameters)} bits per weight`;
  return new LabError(
    'bad-plan',
    `No file of at most ${bits} bits per weight keeps the upper bound of its loss within ${increase}: the best, of ${size}, has ${fileLossText(trial)}.`,
    trial.loss <= increase
      ? 'Its interval is too wide: name a larger calibration set, or allow more bits (bits=32 for any) or a larger loss (increase).'
      : 'Allow more bits (bits=32 for any) or a larger loss (increase).',
  );
}

export default defineAssigner(meta, {
  assign,
  trials: (options) => ({
    codecs: options.family === 'grid' ? TRIED_STEPS.map((step) => trialSpec(step)) : candidates(options),
    lossRises: options.sensitivity === 'loss' ? 1 : 0,
    files: options.increase > 0 ? MAX_FILES : 0,
  }),
});
