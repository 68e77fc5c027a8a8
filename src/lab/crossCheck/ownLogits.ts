import { throwIfAborted } from '../../base/errors';
import { forwardFlops, headFlops } from '../../models/flops';
import { logits } from '../../runtime/forward/logits';
import { gpuWeights } from '../../runtime/forward/weights';
import { referenceLogits } from '../../runtime/reference/logits';
import { adapterName, type Lab } from '../lab';
import { checkedLab } from '../measuringLab';
import type { CrossCheckInput } from './input';
import type { CrossCheckSubject } from './subject';

/** Operations that the float64 reference may take, some seconds in JavaScript. */
const REFERENCE_FLOPS = 2e9;
/** Fewest tokens that are compared, whatever they cost. */
const MIN_LENGTH = 8;

/** What runs a model in our own code. */
export interface OwnRuntime {
  /** For the record, e.g. `Bitcurve on llvmpipe`. */
  name: string;
  /** Shortens an input to what this runtime computes in some seconds. */
  fit(input: CrossCheckInput): CrossCheckInput;
  /** Returns logits [rows, classes] as float32. */
  logits(input: CrossCheckInput, signal?: AbortSignal): Promise<Float32Array>;
}

/**
 * Chooses our own runtime for some weights: the kernels on an adapter that passes its self-check, and otherwise the float64
 * reference.
 * @throws LabError as `checkedLab`; Cancelled
 */
export async function ownRuntime(
  opened: Lab,
  subject: CrossCheckSubject,
  signal?: AbortSignal,
): Promise<OwnRuntime> {
  const { gpu } = await checkedLab(opened, signal);
  if (!gpu) return referenceRuntime(subject);
  return {
    name: `Bitcurve on ${adapterName(gpu)}`,
    fit: (input) => input,
    logits: (input, stop) => logits(gpu, subject.shape, gpuWeights(subject.weights), input, stop),
  };
}

function referenceRuntime({ shape, tensor }: CrossCheckSubject): OwnRuntime {
  const specs = new Map(shape.tensors.map((spec) => [spec.name, spec]));
  return {
    name: 'Bitcurve’s float64 reference',
    fit(input) {
      return shape.image ? firstImage(input) : firstTokens(input, affordableTokens(shape));
    },
    async logits(input, signal) {
      throwIfAborted(signal);
      return Float32Array.from(await referenceLogits(shape, (name) => tensor(specs.get(name)!), input));
    },
  };
}

/** Returns how many tokens the reference computes in some seconds. */
function affordableTokens(shape: CrossCheckSubject['shape']): number {
  const perToken = forwardFlops(shape, 1, 1) + headFlops(shape, 1);
  return Math.max(MIN_LENGTH, Math.floor(REFERENCE_FLOPS / perToken));
}

function firstTokens(input: CrossCheckInput, most: number): CrossCheckInput {
  const length = Math.min(input.length, most);
  return { values: input.values.subarray(0, length), sequences: 1, length, dims: [1, length] };
}

function firstImage({ values, sequences, length, dims }: CrossCheckInput): CrossCheckInput {
  const first = values.subarray(0, values.length / sequences);
  return { values: first, sequences: 1, length, dims: [1, ...dims.slice(1)] };
}
