import { LabError } from '../../../base/errors';
import type { Gpu } from '../../../gpu/gpu';
import { CHUNK_ELEMENTS } from '../spans';
import { fftLength, type CodingBasis } from './coding';

/** Larger magnitudes are refused and smaller ones become zero, so that float32 holds every sum of coefficients. */
const MAX_MAGNITUDE = 2 ** 90;
const MIN_MAGNITUDE = 2 ** -100;

/**
 * Prepares weights for the transforms of flattened tensors. Magnitudes below 2^-100 become zero.
 * @throws LabError bad-input naming the tensor for weights beyond 2^90
 */
export function flatWeights({ name, values }: { name: string; values: Float32Array }): Float32Array {
  const index = values.findIndex((value) => Math.abs(value) > MAX_MAGNITUDE);
  if (index < 0) return values.map((value) => (Math.abs(value) < MIN_MAGNITUDE ? 0 : value));
  throw new LabError(
    'bad-input',
    `${name} holds ${values[index]}; weights beyond 2^90 may overflow float32 when they are transformed.`,
    'Keep this tensor in float32: its weights are far outside the usual range.',
  );
}

/** Consecutive blocks of equal length of a flattened tensor: elements [first, first + blocks·length). */
export interface TransformBatch {
  first: number;
  length: number;
  blocks: number;
}

/** Divides a tensor of `total` weights into batches of one block of `chunk` weights, of which the last may be shorter. */
export function flatBlocks(total: number, chunk: number): TransformBatch[] {
  const found: TransformBatch[] = [];
  for (let first = 0; first < total; first += chunk)
    found.push({ first, length: Math.min(chunk, total - first), blocks: 1 });
  return found;
}

/**
 * Divides a tensor of `total` weights into batches of equal blocks that fit one job.
 * @throws LabError limit when one block does not fit a binding
 */
export function blockBatches(gpu: Gpu, total: number, chunk: number, basis: CodingBasis): TransformBatch[] {
  const whole = Math.floor(total / chunk);
  const found: TransformBatch[] = [];
  const fit = blocksThatFit(gpu, Math.min(chunk, total), basis);
  for (let block = 0; block < whole; block += fit)
    found.push({ first: block * chunk, length: chunk, blocks: Math.min(fit, whole - block) });
  if (total % chunk) found.push({ first: whole * chunk, length: total % chunk, blocks: 1 });
  return found;
}

function blocksThatFit(gpu: Gpu, length: number, basis: CodingBasis): number {
  const bytes = 8 * fftLength(basis, length);
  if (bytes > gpu.maxBindingBytes)
    throw new LabError(
      'limit',
      `Transforming ${length} weights as one block takes ${bytes} bytes, more than the ${gpu.maxBindingBytes} bytes of this device's bindings.`,
      'Set a chunk length, or use a device with a larger storage binding limit.',
    );
  return Math.max(1, Math.floor(Math.min(gpu.maxBindingBytes, 8 * CHUNK_ELEMENTS) / bytes));
}
